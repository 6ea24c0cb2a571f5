import { describe, expect, it } from 'vitest'
import * as backfill from '../src/index.ts'

describe('@zdmkit/backfill', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(backfill).sort()).toStrictEqual([
      'ACCEPTANCES',
      'BackfillError',
      'DEFAULT_LIMITS',
      'backfillErrorCodes',
      'exitCodeOfError',
      'formatReport',
      'run',
      'runBackfill',
    ])
  })
})

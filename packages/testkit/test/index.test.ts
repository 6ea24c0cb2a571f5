import { describe, expect, it } from 'vitest'
import * as testkit from '../src/index.ts'

describe('@zdmkit/testkit', () => {
  it('exports these names and no others', () => {
    expect(Object.keys(testkit).sort()).toStrictEqual([
      'CASSANDRA_VERSIONS',
      'EmbeddedCassandra',
      'FrameRelay',
      'ScriptedServer',
      'Supervisor',
      'TESTKIT_ERROR_CODES',
      'TestkitError',
      'columnSpecs',
      'embeddedProvider',
      'encodeCell',
      'eventually',
      'freePort',
      'hex',
      'parseType',
      'reply',
    ])
  })
})

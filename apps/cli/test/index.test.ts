import { describe, expect, it } from 'vitest'
import * as cli from '../src/index.ts'

describe('@zdmkit/cli', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(cli).sort()).toStrictEqual([
      'AdminClient',
      'CliError',
      'DEMO_ORIGIN',
      'DEMO_TARGET',
      'EXERCISE_TABLES',
      'KEYSPACE',
      'MIGRATION_STEPS',
      'ProxyProcess',
      'SEED_ROW_COUNTS',
      'cliErrorCodes',
      'countRequests',
      'exerciseSchema',
      'formatReport',
      'parseMetrics',
      'planSeed',
      'readMetrics',
      'run',
      'runMigration',
      'sumOf',
      'walkDemo',
    ])
  })
})

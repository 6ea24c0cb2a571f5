import { describe, expect, it } from 'vitest'
import { type BackfillReport, formatReport } from '../src/index.ts'
import { emptyTally } from '../src/tally.ts'

const report: BackfillReport = {
  outcome: 'failed',
  origin: 'DSE_Cluster',
  target: 'HCD_Cluster',
  keyspace: 'training',
  fenceMicros: '1770000000000000',
  markers: 'insert',
  gate: { mode: 'proxy', generation: 2, dualSinceMicros: '1770000000001000', atEnd: 'not_dual' },
  tables: [
    {
      ...emptyTally(),
      table: 'users',
      rowsRead: 110,
      rowsWritten: 100,
      rowsSkipped: { expired: 4, interrupted: 1 },
      rowsFailed: 5,
      staticsRead: 3,
      staticsWritten: 2,
      rangesDone: 15,
      rangesTotal: 16,
      rowsResumed: 20,
      seconds: 1.26,
      guessed: ['preferences: element by element at the fence'],
    },
  ],
  failures: [{ table: 'users', start: '-5', end: '5', code: 'CLUSTER_TIMEOUT', message: 'no answer' }],
  rowsRead: 110,
  rowsWritten: 100,
  rowsFailed: 5,
  bytes: 9000,
  seconds: 1.3,
  rowsPerSecond: 69.2,
}

describe('formatReport', () => {
  it('prints every table, what was guessed and what is not done', () => {
    expect(formatReport(report)).toMatchInlineSnapshot(`
      "backfill of training: failed
        DSE_Cluster to HCD_Cluster, fence 1770000000000000 us, dual writes NOT ON all the time: rows written meanwhile may be missing
        users: 110 rows read, 100 written, 4 expired, 5 failed; 15 of 16 ranges in 1.3 s
          1 rows read and not written at the stop
          static cells of 2 of 3 partitions
          20 rows of these by earlier runs
          preferences: element by element at the fence
        not done: users (-5, 5]: CLUSTER_TIMEOUT: no answer
        110 rows read, 100 written in 1.3 s (69 rows/s)
      "
    `)
  })

  it('is of a report that JSON can hold', () => {
    expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report)
  })
})

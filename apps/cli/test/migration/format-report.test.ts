import { describe, expect, it } from 'vitest'
import { formatReport } from '../../src/migration/format-report.ts'
import { exampleReport } from '../support/example-report.ts'

describe('formatReport', () => {
  it('shows phases, requests, rows, what was guessed, the ledger and the verdict', () => {
    expect(formatReport(exampleReport())).toMatchInlineSnapshot(`
      "Migration of keyspace training from DSE_Cluster (Cassandra 4.0.18, dc1) to HCD_Cluster (Cassandra 5.0.5, datacenter1)
      in 61.2 s, seed 1

      The application, by phase
       phase          operations  reads  writes  failed  p50 ms  p99 ms  max ms  seconds
       2 dual writes       1,000    700     300       0     2.3    19.9    30.0      5.0
       all                 1,000    700     300       0                              5.0

      Requests, by the counters of the proxy
       phase          reads by origin  reads by target  writes  sent to origin  sent to target  compared  differed
       2 dual writes              700                0     300           1,000             300         0         0
       all                        700                0     300           1,000             300         0         0

      Rows
       table  seeded  copied  on origin  on target  equal  missing  extra  different
       users   1,000   1,100      1,200      1,200  1,200        0      0          0

      What no read can tell, and how the copy decided it
        users: row markers

      Acknowledged writes: 300 on 200 rows looked for on both clusters; lost: 0

      OK: 1,000 operations, none failed; 300 acknowledged writes, none lost; no row differs
      "
    `)
  })

  it('gives the reasons of a failure', () => {
    const { ledger } = exampleReport()
    const report = exampleReport({
      isSuccess: false,
      reasons: ['1 lost:', '  that'],
      ledger: { ...ledger, unknown: 3 },
    })
    const text = formatReport(report)
    expect(text).toMatch(/FAILED:\n1 lost:\n {2}that\n$/)
    expect(text).toContain('3 without an answer')
    expect(text).not.toContain('OK:')
  })
})

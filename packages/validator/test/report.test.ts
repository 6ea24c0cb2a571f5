import { describe, expect, it } from 'vitest'
import { isEqual, reportLines, type TableReport, type ValidationReport } from '../src/report.ts'

const USERS: TableReport = {
  ...{ table: 'users', originRows: 12_345, targetRows: 12_345, equal: 12_345 },
  ...{ missing: 0, extra: 0, different: 0, moving: 0, rechecked: 2, resolved: 2, listed: [] },
}

function report(tables: readonly TableReport[], parts: Partial<ValidationReport> = {}): ValidationReport {
  return {
    ...{ schemaVersion: 1, kind: 'validation', keyspace: 'training' },
    origin: { name: 'DSE_Cluster', releaseVersion: '4.0.20' },
    target: { name: 'HCD_Cluster', releaseVersion: '5.0.6' },
    ...{ startedAt: '2026-06-01T00:00:00.000Z', elapsedSeconds: 1.25, ranges: 64, consistency: 'LOCAL_QUORUM' },
    ...{ tables, onlyOnTarget: [], equal: tables.every(isEqual) },
    ...parts,
  }
}

describe('reportLines', () => {
  it('prints the counts and the verdict of equal tables', () => {
    expect(reportLines(report([USERS], { onlyOnTarget: ['old'] })).join('\n')).toMatchInlineSnapshot(`
      "table  origin  target   equal  missing  extra  different  moving  rechecked  resolved
      users  12,345  12,345  12,345        0      0          0       0          2         2

      Only on target, not compared: old

      Equal: 12,345 rows of 1 tables in 1.3 s"
    `)
  })

  it('lists what differs, by key and column, and how much more there is', () => {
    const orders: TableReport = {
      ...USERS,
      ...{ table: 'orders', equal: 12_340, missing: 1, extra: 2_000, different: 1, moving: 1, rechecked: 2_003 },
      listed: [
        {
          kind: 'missing',
          difference: 'missing',
          unit: 'row',
          key: 'training.orders row at token 1 (id=1)',
          columns: [],
        },
        {
          kind: 'different',
          difference: 'different',
          unit: 'row',
          key: 'training.orders row at token 2 (id=2)',
          columns: ['status', 'total'],
        },
        { kind: 'moving', difference: 'extra', unit: 'row', key: 'training.orders row at token 3 (id=3)', columns: [] },
      ],
    }
    expect(reportLines(report([USERS, orders])).join('\n')).toMatchInlineSnapshot(`
      "table   origin  target   equal  missing  extra  different  moving  rechecked  resolved
      users   12,345  12,345  12,345        0      0          0       0          2         2
      orders  12,345  12,345  12,340        1  2,000          1       1      2,003         2

      orders:
        missing: training.orders row at token 1 (id=1)
        different: training.orders row at token 2 (id=2): status, total
        moving (extra): training.orders row at token 3 (id=3)
        and 2,000 more

      Not equal: 1 missing, 2,000 extra, 1 different, 1 moving in 1.3 s; run again once the rows that move are at rest"
    `)
  })
})

describe('isEqual', () => {
  it.each(['missing', 'extra', 'different', 'moving'] as const)('is false with one row %s', (kind) => {
    expect(isEqual({ ...USERS, [kind]: 1 })).toBe(false)
    expect(isEqual(USERS)).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { reasonsOf } from '../../src/migration/verdict.ts'
import { exampleReport } from '../support/example-report.ts'

describe('reasonsOf', () => {
  it('finds none where nothing failed, was lost or differs', () => {
    expect(reasonsOf(exampleReport())).toStrictEqual([])
  })

  it('names operations that failed, twenty at most', () => {
    const failed = Array.from({ length: 30 }, (_, i) => ({
      operation: i,
      phase: 'phase-2',
      text: `[${i}] Write ERROR: x`,
    }))
    const { traffic } = exampleReport()
    const reasons = reasonsOf(exampleReport({ traffic: { ...traffic, failures: 31, failed } }))
    expect(reasons[0]).toBe('31 operations of the application failed:')
    expect(reasons[1]).toBe('  phase-2: [0] Write ERROR: x')
    expect(reasons).toHaveLength(22)
    expect(reasons.at(-1)).toBe('  and 11 more')
  })

  it('names each acknowledged write that is lost', () => {
    const { ledger } = exampleReport()
    const write = 'operation 7 INSERT training.users user_id=1'
    const text = `target: training.users user_id=1 is missing after ${write}`
    const lost = [{ cluster: 'target', kind: 'missing', operation: 7, write, text }] as const
    expect(reasonsOf(exampleReport({ ledger: { ...ledger, lost } }))).toStrictEqual([
      '1 acknowledged write lost:',
      `  ${text}`,
    ])
  })

  it('names rows that differ, by table', () => {
    const { validation } = exampleReport()
    const [table] = validation.tables
    if (table === undefined) throw new Error('no table')
    const listed = [
      { kind: 'missing', difference: 'missing', unit: 'row', key: 'users user_id=1', columns: [] },
      { kind: 'different', difference: 'different', unit: 'row', key: 'users user_id=2', columns: ['email', 'status'] },
    ] as const
    const differing = { ...table, missing: 1, different: 2, listed }
    const reasons = reasonsOf(
      exampleReport({ validation: { ...validation, isEqual: false, tables: [table, differing] } }),
    )
    expect(reasons).toStrictEqual([
      'users differs: 1 row missing on the target, 0 extra there, 2 different, 0 still moving:',
      '  missing: users user_id=1',
      '  different: users user_id=2 (email, status)',
      '  and 1 more',
    ])
  })

  it('takes reads that differed, and requests without an answer, for failures too', () => {
    const { requests } = exampleReport()
    expect(reasonsOf(exampleReport({ requests: { ...requests, readMismatches: 2, unanswered: 1 } }))).toStrictEqual([
      '2 compared reads differed between the clusters, also when read again',
      '1 request never answered by the proxy',
    ])
  })

  it('does not call a migration without traffic a success', () => {
    const { traffic, ledger } = exampleReport()
    const reasons = reasonsOf(
      exampleReport({ traffic: { ...traffic, operations: 0 }, ledger: { ...ledger, acknowledged: 0 } }),
    )
    expect(reasons).toStrictEqual([
      'no operation of the application was answered',
      'no write of the application was acknowledged',
    ])
  })
})

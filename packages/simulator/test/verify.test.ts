import type { Row } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../src/ledger-entry.ts'
import { judgeLedger, type Observation, verifyLedger } from '../src/verify.ts'
import { entry, START_MS } from './support/entry.ts'

const USER_1 = { user_id: '11111111-1111-4111-8111-111111111111' }
const USER_2 = { user_id: '22222222-2222-4222-8222-222222222222' }
const USER_3 = { user_id: '33333333-3333-4333-8333-333333333333' }

const LEDGER: readonly LedgerEntry[] = [
  entry(1, { kind: 'INSERT', key: USER_1 }),
  entry(2, { kind: 'INSERT', key: USER_2 }),
  entry(3, { kind: 'INSERT', key: USER_3 }),
  entry(4, { key: USER_2 }),
  entry(5, { kind: 'DELETE', key: USER_3 }),
]
const CONSISTENT: Readonly<Record<string, string | null>> = {
  [USER_1.user_id]: 's1',
  [USER_2.user_id]: 's4',
  [USER_3.user_id]: null,
}

function observations(statuses: Readonly<Record<string, string | null>>): Map<string, Observation> {
  return new Map(
    Object.entries(statuses).map(([id, status]) => [
      `training.users user_id=${id}`,
      { row: status === null ? null : { status }, atMs: START_MS + 60_000 },
    ]),
  )
}

/** Answers reads by key from a table of statuses. */
function cluster(statuses: Readonly<Record<string, string | null>>) {
  return {
    reads: 0,
    async execute(_cql: string, params: readonly unknown[] = []): Promise<Row[]> {
      this.reads++
      const status = statuses[String(params[0])]
      return status == null ? [] : [{ status }]
    },
  }
}

describe('judgeLedger', () => {
  it('finds nothing where every acknowledged write shows', () => {
    expect(judgeLedger(LEDGER, observations(CONSISTENT), 'origin')).toStrictEqual([])
  })

  it('finds nothing wrong with rows that were not looked at', () => {
    expect(judgeLedger(LEDGER, new Map(), 'origin')).toStrictEqual([])
  })

  it.each([
    [
      'a lost insert',
      { [USER_1.user_id]: null },
      'missing',
      1,
      `operation 1 INSERT training.users user_id=${USER_1.user_id}`,
    ],
    [
      'a lost update',
      { [USER_2.user_id]: 's2' },
      'stale',
      4,
      `operation 4 UPDATE training.users user_id=${USER_2.user_id}`,
    ],
    [
      'a lost delete',
      { [USER_3.user_id]: 's3' },
      'resurrected',
      5,
      `operation 5 DELETE training.users user_id=${USER_3.user_id}`,
    ],
  ])('names %s, and nothing else', (_, planted, kind, operation, operationText) => {
    const verdicts = judgeLedger(LEDGER, observations({ ...CONSISTENT, ...planted }), 'target')
    expect(verdicts).toHaveLength(1)
    expect(verdicts[0]).toMatchObject({ cluster: 'target', kind, operation, operationText })
  })

  it('tells people what is wrong without showing a value', () => {
    const [verdict] = judgeLedger(LEDGER, observations({ ...CONSISTENT, [USER_2.user_id]: 's2' }), 'target')
    expect(verdict?.text).toBe(
      `target: training.users user_id=${USER_2.user_id} is stale in status after ` +
        `operation 4 UPDATE training.users user_id=${USER_2.user_id}, showing the value of operation 2`,
    )
  })

  it('takes the writes of a row in the order of issue, whatever the order of answers', () => {
    expect(judgeLedger([...LEDGER].reverse(), observations(CONSISTENT), 'origin')).toStrictEqual([])
  })
})

describe('verifyLedger', () => {
  it('reads each row once per given cluster and counts the writes by outcome', async () => {
    const origin = cluster(CONSISTENT)
    const target = cluster(CONSISTENT)
    const ledger = [
      ...LEDGER,
      entry(6, { key: USER_1, outcome: 'unknown' }),
      entry(7, { key: USER_1, outcome: 'rejected' }),
    ]
    expect(await verifyLedger(ledger, { origin, target, concurrency: 2 })).toStrictEqual({
      rowCount: 3,
      writes: { applied: 5, rejected: 1, unknown: 1 },
      verdicts: [],
    })
    expect([origin.reads, target.reads]).toStrictEqual([3, 3])
  })

  it('judges each cluster for itself', async () => {
    const { verdicts } = await verifyLedger(LEDGER, {
      origin: cluster({ ...CONSISTENT, [USER_1.user_id]: null }),
      target: cluster({ ...CONSISTENT, [USER_3.user_id]: 's3' }),
    })
    expect(verdicts.map(({ cluster, kind, operation }) => [cluster, kind, operation])).toStrictEqual([
      ['origin', 'missing', 1],
      ['target', 'resurrected', 5],
    ])
  })

  it('leaves writes before `since` out: what only they set is not judged', async () => {
    const target = cluster({ [USER_2.user_id]: 's2' })
    const since = new Date(START_MS + 4_000)
    const { rowCount, verdicts } = await verifyLedger(LEDGER, { target, since })
    expect({ rowCount, found: verdicts.map(({ kind, operation }) => [kind, operation]) }).toStrictEqual({
      rowCount: 2,
      found: [['stale', 4]],
    })
  })

  it('throws where a row cannot be read: that is no verdict', async () => {
    const origin = { execute: () => Promise.reject(new TypeError('no answer')) }
    await expect(verifyLedger(LEDGER, { origin })).rejects.toThrow('no answer')
  })
})

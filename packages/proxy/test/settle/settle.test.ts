import { ErrorCode } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { answerFor, mayBeApplied, type Outcome, type Settlement, settle } from '../../src/settle/settle.ts'
import { clusterNames, ORIGIN, otherSide, type PerSide, type Side, TARGET } from '../../src/side.ts'

/** One name per kind of outcome: an error that servers give before they touch data, and one that says nothing of it. */
const outcomes = {
  ok: { kind: 'ok' },
  refused: { kind: 'error', code: ErrorCode.INVALID, message: 'no such table' },
  failed: { kind: 'error', code: ErrorCode.WRITE_TIMEOUT, message: '0 of 2 answered' },
  timeout: { kind: 'timeout' },
  lost: { kind: 'lost' },
} as const satisfies Record<string, Outcome>
type OutcomeName = keyof typeof outcomes

/**
 * The rule by (primary's outcome, secondary's outcome). What the client is told, in one word:
 * `primary`, `secondary`: that cluster's own frame. `primary!`, `secondary!`: a time-out of the proxy's making about that cluster.
 * `unknown`: WRITE_TIMEOUT that says what each did.
 * Columns: reads and DDL; idempotent writes; other writes.
 */
const table: readonly [OutcomeName, OutcomeName, string, string, string][] = [
  ['ok', 'ok', 'primary', 'primary', 'primary'],
  ['ok', 'refused', 'secondary', 'secondary', 'unknown'],
  ['ok', 'failed', 'secondary', 'secondary', 'unknown'],
  ['ok', 'timeout', 'secondary!', 'secondary!', 'unknown'],
  ['ok', 'lost', 'secondary!', 'secondary!', 'unknown'],
  ['refused', 'ok', 'primary', 'primary', 'unknown'],
  ['refused', 'refused', 'primary', 'primary', 'primary'],
  ['refused', 'failed', 'primary', 'primary', 'unknown'],
  ['refused', 'timeout', 'primary', 'primary', 'unknown'],
  ['refused', 'lost', 'primary', 'primary', 'unknown'],
  ['failed', 'ok', 'primary', 'primary', 'unknown'],
  ['failed', 'refused', 'primary', 'primary', 'unknown'],
  ['failed', 'failed', 'primary', 'primary', 'unknown'],
  ['failed', 'timeout', 'primary', 'primary', 'unknown'],
  ['failed', 'lost', 'primary', 'primary', 'unknown'],
  ['timeout', 'ok', 'primary!', 'primary!', 'unknown'],
  ['timeout', 'refused', 'primary!', 'primary!', 'unknown'],
  ['timeout', 'failed', 'primary!', 'primary!', 'unknown'],
  ['timeout', 'timeout', 'primary!', 'primary!', 'unknown'],
  ['timeout', 'lost', 'primary!', 'primary!', 'unknown'],
  ['lost', 'ok', 'primary!', 'primary!', 'unknown'],
  ['lost', 'refused', 'primary!', 'primary!', 'unknown'],
  ['lost', 'failed', 'primary!', 'primary!', 'unknown'],
  ['lost', 'timeout', 'primary!', 'primary!', 'unknown'],
  ['lost', 'lost', 'primary!', 'primary!', 'unknown'],
]

const requests = [
  { what: 'a read', column: 2, isWrite: false, isIdempotent: true },
  { what: 'DDL', column: 2, isWrite: false, isIdempotent: false },
  { what: 'an idempotent write', column: 3, isWrite: true, isIdempotent: true },
  { what: 'another write', column: 4, isWrite: true, isIdempotent: false },
] as const

/** The settlement in the words of the table. */
function inWords(settlement: Settlement, primary: Side, isWrite: boolean): string {
  const place = (side: Side): string => (side === primary ? 'primary' : 'secondary')
  if (settlement.kind === 'forward') return place(settlement.side)
  const names = ([ORIGIN, TARGET] as const).filter((side) => settlement.message.includes(clusterNames[side]))
  if (settlement.message.startsWith('outcome unknown')) {
    expect(settlement.code).toBe(ErrorCode.WRITE_TIMEOUT)
    expect(names).toStrictEqual([ORIGIN, TARGET])
    return 'unknown'
  }
  expect(settlement.code).toBe(isWrite ? ErrorCode.WRITE_TIMEOUT : ErrorCode.READ_TIMEOUT)
  expect(names).toHaveLength(1)
  return `${place(names[0] as Side)}!`
}

describe('settle', () => {
  it('has a row for every pair of outcomes', () => {
    const names = Object.keys(outcomes)
    const pairs = names.flatMap((first) => names.map((second) => `${first} ${second}`))
    expect(table.map(([first, second]) => `${first} ${second}`).sort()).toStrictEqual(pairs.sort())
  })

  for (const primary of [ORIGIN, TARGET] as const) {
    for (const { what, column, isWrite, isIdempotent } of requests) {
      it.each(table.map((row) => [row[0], row[1], row[column]] as const))(
        `answers ${what} with primary ${clusterNames[primary]}, where it says %s and the other %s: %s`,
        (first, second, expected) => {
          const both: PerSide<Outcome> = [outcomes.ok, outcomes.ok]
          both[primary] = outcomes[first]
          both[otherSide(primary)] = outcomes[second]
          expect(inWords(settle({ primary, isWrite, isIdempotent }, both), primary, isWrite)).toBe(expected)
        },
      )
    }
  }

  it('says of a write that may have been applied what each cluster did, the primary first', () => {
    const write = { primary: TARGET, isWrite: true, isIdempotent: false } as const
    expect(settle(write, [outcomes.ok, outcomes.failed])).toStrictEqual({
      kind: 'error',
      code: ErrorCode.WRITE_TIMEOUT,
      message:
        'outcome unknown, not safe to repeat: target answered WRITE_TIMEOUT (0 of 2 answered); origin applied it. ' +
        'The statement is not idempotent, so read before writing again',
    })
    expect(settle(write, [outcomes.lost, outcomes.timeout])).toMatchObject({
      message: expect.stringContaining(
        'target did not answer in time; origin: the connection was lost before its answer.',
      ),
    })
  })
})

describe('answerFor', () => {
  it.each<[OutcomeName, boolean, Settlement]>([
    ['ok', true, { kind: 'forward', side: TARGET }],
    ['ok', false, { kind: 'forward', side: TARGET }],
    ['refused', true, { kind: 'forward', side: TARGET }],
    ['failed', false, { kind: 'forward', side: TARGET }],
    ['timeout', true, { kind: 'error', code: ErrorCode.WRITE_TIMEOUT, message: 'target did not answer in time' }],
    ['timeout', false, { kind: 'error', code: ErrorCode.READ_TIMEOUT, message: 'target did not answer in time' }],
    [
      'lost',
      true,
      { kind: 'error', code: ErrorCode.WRITE_TIMEOUT, message: 'target: the connection was lost before its answer' },
    ],
    [
      'lost',
      false,
      { kind: 'error', code: ErrorCode.READ_TIMEOUT, message: 'target: the connection was lost before its answer' },
    ],
  ])('is told of one cluster that says %s to a write (%s)', (name, isWrite, expected) => {
    expect(answerFor(TARGET, outcomes[name], isWrite)).toStrictEqual(expected)
  })
})

describe('mayBeApplied', () => {
  /** The codes that a server gives only before it touches any data; every other may come after. */
  const refusals: readonly (keyof typeof ErrorCode)[] = [
    'PROTOCOL_ERROR',
    'BAD_CREDENTIALS',
    'UNAVAILABLE',
    'OVERLOADED',
    'IS_BOOTSTRAPPING',
    'SYNTAX_ERROR',
    'UNAUTHORIZED',
    'INVALID',
    'CONFIG_ERROR',
    'ALREADY_EXISTS',
    'UNPREPARED',
  ]

  it.each(Object.entries(ErrorCode))('judges %s', (name, code) => {
    const outcome: Outcome = { kind: 'error', code, message: '' }
    expect(mayBeApplied(outcome)).toBe(!(refusals as readonly string[]).includes(name))
  })

  it('is true of an error that nobody knows, of silence, of a lost connection and of success', () => {
    expect(mayBeApplied({ kind: 'error', code: 0x1700, message: '' })).toBe(true)
    for (const name of ['ok', 'timeout', 'lost'] as const) expect(mayBeApplied(outcomes[name])).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { Expectation, type ObservedRow, TTL_SLACK_MS } from '../src/expectation.ts'
import type { LedgerEntry } from '../src/ledger-entry.ts'
import { entry, START_MS } from './support/entry.ts'

const LATER_MS = START_MS + 86_400_000
const insert = (operation: number, parts: Partial<LedgerEntry> = {}): LedgerEntry =>
  entry(operation, { kind: 'INSERT', ...parts })
const update = entry
const remove = (operation: number, parts: Partial<LedgerEntry> = {}): LedgerEntry =>
  entry(operation, { kind: 'DELETE', ...parts })
const UNKNOWN = { outcome: 'unknown', error: 'CLUSTER_TIMEOUT' } as const
const REJECTED = { outcome: 'rejected', error: 'CLUSTER_INVALID' } as const

/** `kind operation [columns] shown`, or `ok`. */
function judge(history: readonly LedgerEntry[], row: ObservedRow, atMs: number = LATER_MS): string {
  const expectation = new Expectation()
  for (const write of history) expectation.record(write)
  const verdict = expectation.judge(row, atMs)
  if (verdict === null) return 'ok'
  const { kind, write, columns, shownOperation } = verdict
  return [kind, write.operation, ...columns, shownOperation === null ? '' : `shows ${shownOperation}`].join(' ').trim()
}

describe('Expectation', () => {
  it.each<[string, LedgerEntry[], ObservedRow, string]>([
    ['nothing is known of a row never written', [], null, 'ok'],
    ['nothing is known of a row never written, which may be there', [], { status: 'x' }, 'ok'],
    ['an acknowledged insert is there', [insert(1)], { status: 's1' }, 'ok'],
    ['an acknowledged insert is not there', [insert(1)], null, 'missing 1'],
    ['an acknowledged insert lost a cell', [insert(1)], { status: null }, 'stale 1 status'],
    ['an acknowledged update is there', [insert(1), update(2)], { status: 's2' }, 'ok'],
    ['an older value shows', [insert(1), update(2)], { status: 's1' }, 'stale 2 status shows 1'],
    ['a value nobody wrote shows', [insert(1), update(2)], { status: 'x' }, 'stale 2 status'],
    ['the row of an update is not there', [update(2)], null, 'missing 2'],
    ['an update of a row of others judges only what it set', [update(2)], { status: 's2', email: 'any' }, 'ok'],
    ['an unknown insert did not happen', [insert(1, UNKNOWN)], null, 'ok'],
    ['an unknown insert happened', [insert(1, UNKNOWN)], { status: 's1' }, 'ok'],
    ['a later unknown update happened', [insert(1), update(2, UNKNOWN)], { status: 's2' }, 'ok'],
    ['a later unknown update did not happen', [insert(1), update(2, UNKNOWN)], { status: 's1' }, 'ok'],
    [
      'a later unknown update is no excuse for another value',
      [insert(1), update(2, UNKNOWN)],
      { status: 'x' },
      'stale 1 status',
    ],
    ['a later unknown update is no excuse for losing the row', [insert(1), update(2, UNKNOWN)], null, 'missing 1'],
    [
      'an earlier unknown update shows',
      [insert(1), update(2, UNKNOWN), update(3)],
      { status: 's2' },
      'stale 3 status shows 2',
    ],
    ['a rejected update is not there', [insert(1), update(2, REJECTED)], { status: 's1' }, 'ok'],
    ['a rejected update shows', [insert(1), update(2, REJECTED)], { status: 's2' }, 'stale 1 status shows 2'],
    ['a deleted row is gone', [insert(1), remove(2)], null, 'ok'],
    ['a deleted row is there', [insert(1), remove(2)], { status: 's1' }, 'resurrected 2'],
    ['an unknown delete happened', [insert(1), remove(2, UNKNOWN)], null, 'ok'],
    ['an unknown delete did not happen', [insert(1), remove(2, UNKNOWN)], { status: 's1' }, 'ok'],
    [
      'an unknown delete is no excuse for another value',
      [insert(1), update(2), remove(3, UNKNOWN)],
      { status: 's1' },
      'stale 2 status shows 1',
    ],
    ['a rejected delete is no excuse', [insert(1), remove(2, REJECTED)], null, 'missing 1'],
    ['a row inserted again is there', [insert(1), remove(2), insert(3)], { status: 's3' }, 'ok'],
    [
      'a row inserted again has a value from before its deletion',
      [insert(1, { values: { status: 's1', email: 'e1' } }), remove(2), insert(3)],
      { status: 's3', email: 'e1' },
      'resurrected 2 email shows 1',
    ],
    ['an unknown insert after a delete happened', [insert(1), remove(2), insert(3, UNKNOWN)], { status: 's3' }, 'ok'],
    [
      'an unknown insert after a delete shows a value from before',
      [insert(1), remove(2), insert(3, UNKNOWN)],
      { status: 's1' },
      'resurrected 2 status shows 1',
    ],
    [
      'a value set by the server may be any',
      [insert(1, { computed: ['created_at'] })],
      { status: 's1', created_at: 'any' },
      'ok',
    ],
    [
      'the write named is the last one among the stale columns',
      [insert(1, { values: { status: 'a', email: 'b' } }), update(2)],
      { status: 'a', email: 'c' },
      'stale 2 status email shows 1',
    ],
    ['an empty collection is the same as none', [insert(1, { values: { items: [] } })], { items: null }, 'ok'],
    [
      'a list in another order is stale',
      [insert(1, { values: { items: ['a', 'b'] } })],
      { items: ['b', 'a'] },
      'stale 1 items',
    ],
  ])('%s', (_, history, row, verdict) => {
    expect(judge(history, row)).toBe(verdict)
  })

  describe('of a row with a TTL of 60 s, written at second 1', () => {
    const history = [insert(1, { ttlSeconds: 60 })]
    const expiryMs = START_MS + 61_000
    it.each<[string, ObservedRow, number, string]>([
      ['is there before', { status: 's1' }, expiryMs - 30_000, 'ok'],
      ['is not there long before', null, expiryMs - TTL_SLACK_MS - 1, 'missing 1'],
      ['is gone a moment before', null, expiryMs - TTL_SLACK_MS, 'ok'],
      ['is there a moment after', { status: 's1' }, expiryMs + TTL_SLACK_MS, 'ok'],
      ['is there long after', { status: 's1' }, expiryMs + TTL_SLACK_MS + 10, 'resurrected 1'],
      ['is gone after', null, expiryMs + 86_400_000, 'ok'],
      ['has lost a cell after', { status: null }, expiryMs, 'ok'],
    ])('%s', (_, row, atMs, verdict) => {
      expect(judge(history, row, atMs)).toBe(verdict)
    })

    it('may stay when a later write without TTL is unknown', () => {
      expect(judge([...history, update(2, UNKNOWN)], { status: 's2' }, expiryMs + 86_400_000)).toBe('ok')
    })

    it('must stay when a later write without TTL is acknowledged', () => {
      expect(judge([...history, update(2)], null, expiryMs + 86_400_000)).toBe('missing 2')
    })
  })
})

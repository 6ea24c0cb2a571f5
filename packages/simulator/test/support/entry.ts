import type { LedgerEntry } from '../../src/ledger-entry.ts'

/** Wall time of operation 0; each operation takes a second. */
export const START_MS: number = Date.UTC(2026, 5, 1)

/** An applied update of status in `training.users` unless told otherwise. */
export function entry(operation: number, parts: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    operation,
    section: 'start',
    kind: 'UPDATE',
    keyspace: 'training',
    table: 'users',
    key: { user_id: 'u1' },
    values: parts.kind === 'DELETE' ? {} : { status: `s${operation}` },
    computed: [],
    ttlSeconds: null,
    outcome: 'applied',
    error: null,
    issuedMs: operation * 1_000,
    answeredMs: operation * 1_000 + 2,
    issuedAt: new Date(START_MS + operation * 1_000).toISOString(),
    answeredAt: new Date(START_MS + operation * 1_000 + 2).toISOString(),
    ...parts,
  }
}

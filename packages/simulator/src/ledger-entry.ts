import type { Outcome } from './outcome.ts'
import { keyText, type RowKey, type WriteKind } from './workload/operation.ts'
import type { TableName } from './workload/tables.ts'
import type { Value } from './workload/value.ts'

/** One write: what was sent, when, and how it ended. */
export interface LedgerEntry {
  /** Number of the operation, from 1. */
  readonly operation: number
  /** Label of the section in which it was issued. */
  readonly section: string
  readonly kind: WriteKind
  readonly keyspace: string
  readonly table: TableName
  readonly key: RowKey
  /** Empty for DELETE. */
  readonly values: Readonly<Record<string, Value>>
  /** Columns set to a value that only the server knows. */
  readonly computed: readonly string[]
  readonly ttlSeconds: number | null
  readonly outcome: Outcome
  /** Code of the error, null when there was none. */
  readonly error: string | null
  /** Monotonic milliseconds of the simulator's process. */
  readonly issuedMs: number
  /** When its answer, or the error, came. */
  readonly answeredMs: number
  /** Wall time, ISO 8601. */
  readonly issuedAt: string
  readonly answeredAt: string
}

/** One text per row of all tables. */
export function rowText({ keyspace, table, key }: Pick<LedgerEntry, 'keyspace' | 'table' | 'key'>): string {
  return `${keyspace}.${table} ${keyText(key)}`
}

/** Names a write for people; keys are shown, values are not. */
export function operationText(entry: Pick<LedgerEntry, 'operation' | 'kind' | 'keyspace' | 'table' | 'key'>): string {
  return `operation ${entry.operation} ${entry.kind} ${rowText(entry)}`
}

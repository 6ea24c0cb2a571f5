import type { TableName } from './tables.ts'
import type { Value } from './value.ts'

export type WriteKind = 'INSERT' | 'UPDATE' | 'DELETE'
export type ReadKind = 'LIMIT' | 'FILTER' | 'COUNT' | 'KEY'

/** Values of the primary key by column. */
export type RowKey = Readonly<Record<string, string>>

/** One write of one row, complete: nothing of it depends on what the cluster answers. */
export interface Write {
  readonly action: 'write'
  readonly kind: WriteKind
  readonly table: TableName
  readonly key: RowKey
  /** By column; empty for DELETE. */
  readonly values: Readonly<Record<string, Value>>
  /** Columns set by a function of the server, whose value the application does not know. */
  readonly computed: readonly string[]
  readonly ttlSeconds: number | null
  /** `literal`: values stand in the text; `prepared`: they are bound. */
  readonly form: 'literal' | 'prepared'
  /** What is printed when the write is acknowledged. */
  readonly done: string
}

export type Read =
  | { readonly action: 'read'; readonly kind: 'LIMIT' | 'FILTER' | 'COUNT' }
  | {
      readonly action: 'read'
      readonly kind: 'KEY'
      readonly table: TableName
      readonly key: RowKey
      /** What people call the row. */
      readonly label: string
    }

export type Operation = { readonly number: number } & (Read | Write)

/** One text per row of a table. */
export function keyText(key: RowKey): string {
  return Object.entries(key)
    .map(([column, value]) => `${column}=${value}`)
    .join(' ')
}

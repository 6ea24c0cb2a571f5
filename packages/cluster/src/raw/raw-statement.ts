import type { ColumnSpec } from '@zdmkit/protocol'

/** A cell's bytes as they go over the wire; null is a deletion when written, undefined is UNSET: the cell is left alone. */
export type RawValue = Buffer | null | undefined

/** A prepared statement, valid on every node of its session. */
export interface RawStatement {
  readonly id: Buffer
  readonly text: string
  readonly variables: readonly ColumnSpec[]
  readonly columns: readonly ColumnSpec[]
}

export interface RawPage {
  /** One array of cells per row, in the order of the statement's columns. */
  readonly rows: (Buffer | null)[][]
  /** Null after the last page, and only then: a page without rows may be followed by others. */
  readonly pagingState: Buffer | null
}

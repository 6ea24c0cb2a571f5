import { ProtocolError } from '../errors.ts'
import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import type { ProtocolVersion } from '../version.ts'
import {
  type ColumnSpec,
  type GlobalTable,
  readColumnSpecs,
  readGlobalTable,
  writeColumnSpecs,
} from './column-specs.ts'

/** The columns of rows (native protocol v4, section 4.2.5.2). */
export interface RowsMetadata {
  columnCount: number
  /** For the next page; null on the last one. */
  pagingState: Buffer | null
  /** null: the server left them out (no_metadata). */
  columns: ColumnSpec[] | null
  /**
   * Set when the server names one table for all columns. null: it says so and names none, as servers do together with no_metadata.
   */
  globalTable?: GlobalTable | null
}

const GLOBAL_TABLE = 0x1
const MORE_PAGES = 0x2
const NO_METADATA = 0x4
const DEFINED = 0x7

// <flags int><columns_count int>[<paging_state bytes>][<column_specs>]
export function writeRowsMetadata(writer: Writer, metadata: RowsMetadata, version: ProtocolVersion): void {
  const { columnCount, pagingState, columns, globalTable } = metadata
  if (columnCount < 0) throw new ProtocolError('PROTOCOL_BAD_LENGTH', `columnCount is ${columnCount}`)
  if (columns !== null && columns.length !== columnCount) {
    throw new ProtocolError('PROTOCOL_BAD_VALUE', `${columns.length} columns where columnCount is ${columnCount}`)
  }
  if (columns === null ? globalTable : globalTable === null) {
    throw new ProtocolError('PROTOCOL_BAD_VALUE', 'a global table is named if and only if there are columns')
  }
  writer.int(
    (globalTable === undefined ? 0 : GLOBAL_TABLE) |
      (pagingState === null ? 0 : MORE_PAGES) |
      (columns === null ? NO_METADATA : 0),
  )
  writer.int(columnCount)
  if (pagingState !== null) writer.bytes(pagingState)
  if (columns !== null) writeColumnSpecs(writer, columns, globalTable ?? undefined, version)
}

export function readRowsMetadata(reader: Reader, version: ProtocolVersion): RowsMetadata {
  const flags = reader.int()
  if (flags & ~DEFINED)
    throw reader.badValue(`rows flags 0x${(flags >>> 0).toString(16)} are not defined in v${version}`)
  // Columns that are described are checked below against the bytes left.
  const columnCount = reader.intCount(0, 'columns')
  const pagingState = flags & MORE_PAGES ? reader.bytes() : null
  if (flags & MORE_PAGES && pagingState === null)
    throw reader.badValue('more pages are announced without a paging state')
  if (flags & NO_METADATA) {
    return { columnCount, pagingState, columns: null, ...(flags & GLOBAL_TABLE ? { globalTable: null } : {}) }
  }
  if (flags & GLOBAL_TABLE) {
    const globalTable = readGlobalTable(reader)
    return {
      columnCount,
      pagingState,
      columns: readColumnSpecs(reader, columnCount, globalTable, version),
      globalTable,
    }
  }
  return { columnCount, pagingState, columns: readColumnSpecs(reader, columnCount, undefined, version) }
}

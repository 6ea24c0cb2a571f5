import { ProtocolError } from '../errors.ts'
import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import type { ProtocolVersion } from '../version.ts'
import { type DataType, readDataType, writeDataType } from './data-type.ts'

/** One column of a result, or one bound variable of a prepared statement. */
export interface ColumnSpec {
  keyspace: string
  table: string
  name: string
  type: DataType
}

/** The table of all columns of a metadata that names it once. */
export interface GlobalTable {
  keyspace: string
  table: string
}

// [<global keyspace string><global table string>]([<keyspace string><table string>]<name string><type>)...
//   the global pair, or a pair for each column
export function writeColumnSpecs(
  writer: Writer,
  columns: readonly ColumnSpec[],
  globalTable: GlobalTable | undefined,
  version: ProtocolVersion,
): void {
  if (globalTable !== undefined) {
    writer.string(globalTable.keyspace)
    writer.string(globalTable.table)
  }
  for (const column of columns) {
    if (globalTable === undefined) {
      writer.string(column.keyspace)
      writer.string(column.table)
    } else if (column.keyspace !== globalTable.keyspace || column.table !== globalTable.table) {
      throw new ProtocolError(
        'PROTOCOL_BAD_VALUE',
        `column ${column.name} is of ${column.keyspace}.${column.table}, the global table is ${globalTable.keyspace}.${globalTable.table}`,
      )
    }
    writer.string(column.name)
    writeDataType(writer, column.type, version)
  }
}

export function readGlobalTable(reader: Reader): GlobalTable {
  return { keyspace: reader.string(), table: reader.string() }
}

/** Reads `count` columns; the global table, when there is one, has been read before. */
export function readColumnSpecs(
  reader: Reader,
  count: number,
  globalTable: GlobalTable | undefined,
  version: ProtocolVersion,
): ColumnSpec[] {
  reader.requireRoom(count, globalTable === undefined ? 8 : 4, 'columns')
  const columns: ColumnSpec[] = []
  for (let i = 0; i < count; i++) {
    const { keyspace, table } = globalTable ?? readGlobalTable(reader)
    columns.push({ keyspace, table, name: reader.string(), type: readDataType(reader, version) })
  }
  return columns
}

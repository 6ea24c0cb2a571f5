import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import { ProtocolVersion } from '../version.ts'
import {
  type ColumnSpec,
  type GlobalTable,
  readColumnSpecs,
  readGlobalTable,
  writeColumnSpecs,
} from './column-specs.ts'

/** The bound variables of a prepared statement (native protocol v4, section 4.2.5.4). */
export interface PreparedMetadata {
  /** For each column of the partition key, in key order, its place in `columns`. v3 does not carry it: always empty there. */
  pkIndices: number[]
  /** Set when the server names one table for all variables. */
  globalTable?: GlobalTable
  columns: ColumnSpec[]
}

const GLOBAL_TABLE = 0x1

// <flags int><columns_count int>[<pk_count int><pk_index_1 short>...<pk_index_n short>]<column_specs>
//   the pk part since v4
export function writePreparedMetadata(writer: Writer, metadata: PreparedMetadata, version: ProtocolVersion): void {
  const { pkIndices, globalTable, columns } = metadata
  writer.int(globalTable === undefined ? 0 : GLOBAL_TABLE)
  writer.int(columns.length)
  if (version >= ProtocolVersion.V4) {
    writer.int(pkIndices.length)
    for (const index of pkIndices) writer.short(index)
  }
  writeColumnSpecs(writer, columns, globalTable, version)
}

export function readPreparedMetadata(reader: Reader, version: ProtocolVersion): PreparedMetadata {
  const flags = reader.int()
  if (flags & ~GLOBAL_TABLE) {
    throw reader.badValue(`flags 0x${(flags >>> 0).toString(16)} of bound variables are not defined in v${version}`)
  }
  const columnCount = reader.intCount(0, 'bound variables')
  const pkIndices: number[] = []
  if (version >= ProtocolVersion.V4) {
    const pkCount = reader.intCount(2, 'partition key indices')
    for (let i = 0; i < pkCount; i++) pkIndices.push(reader.short())
  }
  if (!(flags & GLOBAL_TABLE)) {
    return { pkIndices, columns: readColumnSpecs(reader, columnCount, undefined, version) }
  }
  const globalTable = readGlobalTable(reader)
  return { pkIndices, globalTable, columns: readColumnSpecs(reader, columnCount, globalTable, version) }
}

import { ProtocolError } from '../errors.ts'
import { Opcode } from '../frame/opcode.ts'
import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import type { ProtocolVersion } from '../version.ts'
import { defineMessage, type MessageCodec } from './codec.ts'
import { type PreparedMetadata, readPreparedMetadata, writePreparedMetadata } from './prepared-metadata.ts'
import { ResultKind } from './result-kind.ts'
import { type RowsMetadata, readRowsMetadata, writeRowsMetadata } from './rows-metadata.ts'
import { readSchemaChange, type SchemaChange, writeSchemaChange } from './schema-change.ts'

/** RESULT: the answer to QUERY, PREPARE, EXECUTE and BATCH (native protocol v4, section 4.2.5). */
export type Result = VoidResult | RowsResult | SetKeyspaceResult | PreparedResult | SchemaChangeResult

export interface VoidResult {
  kind: 'void'
}

export interface RowsResult {
  kind: 'rows'
  metadata: RowsMetadata
  /** Cells as bytes, in the order of the columns; each row has `metadata.columnCount` of them. */
  rows: (Buffer | null)[][]
}

export interface SetKeyspaceResult {
  kind: 'set_keyspace'
  keyspace: string
}

export interface PreparedResult {
  kind: 'prepared'
  id: Buffer
  variables: PreparedMetadata
  /** Of the rows that executing gives; no columns for statements that give none. */
  metadata: RowsMetadata
}

export interface SchemaChangeResult {
  kind: 'schema_change'
  change: SchemaChange
}

// <kind int><result>
//   void: nothing     set_keyspace: <keyspace string>     schema_change: <schema_change>
//   prepared: <id short bytes><prepared_metadata><rows_metadata>
//   rows: <rows_metadata><rows_count int><cell_1_1 bytes>...<cell_rows_columns bytes>
export const result: MessageCodec<Result> = defineMessage({
  name: 'RESULT',
  opcode: Opcode.RESULT,
  isResponse: true,
  write(writer, message, version) {
    switch (message.kind) {
      case 'void':
        writer.int(ResultKind.VOID)
        return
      case 'rows':
        writer.int(ResultKind.ROWS)
        writeRows(writer, message, version)
        return
      case 'set_keyspace':
        writer.int(ResultKind.SET_KEYSPACE)
        writer.string(message.keyspace)
        return
      case 'prepared':
        writer.int(ResultKind.PREPARED)
        writer.shortBytes(message.id)
        writePreparedMetadata(writer, message.variables, version)
        writeRowsMetadata(writer, message.metadata, version)
        return
      case 'schema_change':
        writer.int(ResultKind.SCHEMA_CHANGE)
        writeSchemaChange(writer, message.change, version)
    }
  },
  read(reader, version) {
    const kind = reader.int()
    switch (kind) {
      case ResultKind.VOID:
        return { kind: 'void' }
      case ResultKind.ROWS:
        return readRows(reader, version)
      case ResultKind.SET_KEYSPACE:
        return { kind: 'set_keyspace', keyspace: reader.string() }
      case ResultKind.PREPARED:
        return {
          kind: 'prepared',
          id: reader.shortBytes(),
          variables: readPreparedMetadata(reader, version),
          metadata: readRowsMetadata(reader, version),
        }
      case ResultKind.SCHEMA_CHANGE:
        return { kind: 'schema_change', change: readSchemaChange(reader, version) }
      default:
        throw reader.badValue(`result kind ${kind} is not defined`)
    }
  },
})

function writeRows(writer: Writer, message: RowsResult, version: ProtocolVersion): void {
  const { metadata, rows } = message
  if (metadata.columnCount === 0 && rows.length > 0) {
    throw new ProtocolError('PROTOCOL_BAD_VALUE', `${rows.length} rows without columns`)
  }
  writeRowsMetadata(writer, metadata, version)
  writer.int(rows.length)
  for (const [i, row] of rows.entries()) {
    if (row.length !== metadata.columnCount) {
      throw new ProtocolError(
        'PROTOCOL_BAD_VALUE',
        `row ${i} has ${row.length} cells for ${metadata.columnCount} columns`,
      )
    }
    for (const cell of row) writer.bytes(cell)
  }
}

function readRows(reader: Reader, version: ProtocolVersion): RowsResult {
  const metadata = readRowsMetadata(reader, version)
  const { columnCount } = metadata
  const rowCount = reader.intCount(4 * columnCount, 'rows')
  // Rows without columns take no bytes, so nothing on the wire would bound their number.
  if (columnCount === 0 && rowCount > 0) throw reader.badValue(`${rowCount} rows without columns`)
  const rows: (Buffer | null)[][] = []
  for (let i = 0; i < rowCount; i++) {
    const row: (Buffer | null)[] = []
    for (let j = 0; j < columnCount; j++) row.push(reader.bytes())
    rows.push(row)
  }
  return { kind: 'rows', metadata, rows }
}

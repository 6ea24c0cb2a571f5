import { ProtocolError } from '../errors.ts'
import { Opcode } from '../frame/opcode.ts'
import type { Consistency } from '../primitive/consistency.ts'
import { defineMessage, type MessageCodec } from './codec.ts'
import { type BoundValue, readValues, writeValues } from './query-parameters.ts'

/** Logged, unlogged, counter. */
export type BatchType = 0 | 1 | 2

/** One statement of a batch: as text or by its prepared id. */
export type BatchStatement = { query: string; values: BoundValue[] } | { id: Buffer; values: BoundValue[] }

/** BATCH: several writes at once (native protocol v4, section 4.1.7). */
export interface Batch {
  type: BatchType
  statements: BatchStatement[]
  consistency: Consistency
  /** SERIAL or LOCAL_SERIAL, for conditional statements. */
  serialConsistency?: Consistency
  /** Microseconds since 1970; what statements without USING TIMESTAMP write at. */
  timestamp?: bigint
}

const BY_TEXT = 0
const BY_ID = 1
const SERIAL_CONSISTENCY = 0x10
const TIMESTAMP = 0x20
// Not 0x40, names: it stands after the values that it should explain, so no server takes it (CASSANDRA-10246).
const DEFINED = SERIAL_CONSISTENCY | TIMESTAMP

// <type byte><n short><statement_1>...<statement_n><consistency><flags byte>[<serial_consistency>][<timestamp long>]
//   statement: <kind byte><query long string | id short bytes><n short><value_1>...<value_n>
export const batch: MessageCodec<Batch> = defineMessage({
  name: 'BATCH',
  opcode: Opcode.BATCH,
  isResponse: false,
  write(writer, message, version) {
    if (!isBatchType(message.type))
      throw new ProtocolError('PROTOCOL_BAD_VALUE', `batch type ${message.type} is not defined`)
    writer.byte(message.type)
    writer.count(message.statements.length, 'list of statements')
    for (const statement of message.statements) {
      if ('query' in statement) {
        writer.byte(BY_TEXT)
        writer.longString(statement.query)
      } else {
        writer.byte(BY_ID)
        writer.shortBytes(statement.id)
      }
      writeValues(writer, statement.values, undefined, version)
    }
    const { serialConsistency, timestamp } = message
    writer.consistency(message.consistency)
    writer.byte((serialConsistency === undefined ? 0 : SERIAL_CONSISTENCY) | (timestamp === undefined ? 0 : TIMESTAMP))
    if (serialConsistency !== undefined) writer.consistency(serialConsistency)
    if (timestamp !== undefined) writer.long(timestamp)
  },
  read(reader, version) {
    const type = reader.byte()
    if (!isBatchType(type)) throw reader.badValue(`batch type ${type} is not defined`)
    const count = reader.shortCount(5, 'statements')
    const statements: BatchStatement[] = []
    for (let i = 0; i < count; i++) {
      const kind = reader.byte()
      if (kind === BY_TEXT) statements.push({ query: reader.longString(), values: readValues(reader, version) })
      else if (kind === BY_ID) statements.push({ id: reader.shortBytes(), values: readValues(reader, version) })
      else throw reader.badValue(`kind ${kind} of statement ${i} is not defined`)
    }
    const message: Batch = { type, statements, consistency: reader.consistency() }
    const flags = reader.byte()
    if (flags & ~DEFINED) throw reader.badValue(`batch flags 0x${flags.toString(16)} are not defined in v${version}`)
    if (flags & SERIAL_CONSISTENCY) message.serialConsistency = reader.consistency()
    if (flags & TIMESTAMP) message.timestamp = reader.long()
    return message
  },
})

function isBatchType(type: number): type is BatchType {
  return type === 0 || type === 1 || type === 2
}

import { Opcode } from '../frame/opcode.ts'
import type { Inet } from '../primitive/inet.ts'
import { defineMessage, type MessageCodec } from './codec.ts'
import { readSchemaChange, type SchemaChange, writeSchemaChange } from './schema-change.ts'

/** EVENT: news from the server, on stream -1 (native protocol v4, section 4.2.6). */
export type Event = TopologyChangeEvent | StatusChangeEvent | SchemaChangeEvent

export interface TopologyChangeEvent {
  kind: 'topology_change'
  /** `NEW_NODE`, `REMOVED_NODE`; Cassandra also has `MOVED_NODE`. */
  changeType: string
  node: Inet
}

export interface StatusChangeEvent {
  kind: 'status_change'
  /** `UP`, `DOWN`. */
  changeType: string
  node: Inet
}

export interface SchemaChangeEvent {
  kind: 'schema_change'
  change: SchemaChange
}

// <event_type string><event>
//   TOPOLOGY_CHANGE and STATUS_CHANGE: <change_type string><node inet>
//   SCHEMA_CHANGE: <schema_change>
export const event: MessageCodec<Event> = defineMessage({
  name: 'EVENT',
  opcode: Opcode.EVENT,
  isResponse: true,
  write(writer, message, version) {
    switch (message.kind) {
      case 'topology_change':
      case 'status_change':
        writer.string(message.kind === 'topology_change' ? 'TOPOLOGY_CHANGE' : 'STATUS_CHANGE')
        writer.string(message.changeType)
        writer.inet(message.node)
        return
      case 'schema_change':
        writer.string('SCHEMA_CHANGE')
        writeSchemaChange(writer, message.change, version)
    }
  },
  read(reader, version) {
    const type = reader.string()
    switch (type) {
      case 'TOPOLOGY_CHANGE':
        return { kind: 'topology_change', changeType: reader.string(), node: reader.inet() }
      case 'STATUS_CHANGE':
        return { kind: 'status_change', changeType: reader.string(), node: reader.inet() }
      case 'SCHEMA_CHANGE':
        return { kind: 'schema_change', change: readSchemaChange(reader, version) }
      default:
        throw reader.badValue(`event type of ${type.length} characters is not defined`)
    }
  },
})

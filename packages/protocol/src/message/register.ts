import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** REGISTER: asks for events on this connection (native protocol v4, section 4.1.8). */
export interface Register {
  /** `TOPOLOGY_CHANGE`, `STATUS_CHANGE`, `SCHEMA_CHANGE`. */
  eventTypes: string[]
}

// <event types string list>
export const register: MessageCodec<Register> = defineMessage({
  name: 'REGISTER',
  opcode: Opcode.REGISTER,
  isResponse: false,
  write(writer, message) {
    writer.stringList(message.eventTypes)
  },
  read(reader) {
    return { eventTypes: reader.stringList() }
  },
})

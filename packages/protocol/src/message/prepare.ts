import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** PREPARE: a statement to be executed later by its id (native protocol v4, section 4.1.5). */
export interface Prepare {
  query: string
}

// <query long string>
export const prepare: MessageCodec<Prepare> = defineMessage({
  name: 'PREPARE',
  opcode: Opcode.PREPARE,
  isResponse: false,
  write(writer, message) {
    writer.longString(message.query)
  },
  read(reader) {
    return { query: reader.longString() }
  },
})

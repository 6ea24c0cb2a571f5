import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** SUPPORTED: which STARTUP options the server takes (native protocol v4, section 4.2.4). */
export interface Supported {
  options: Record<string, string[]>
}

// <options string multimap>
export const supported: MessageCodec<Supported> = defineMessage({
  name: 'SUPPORTED',
  opcode: Opcode.SUPPORTED,
  isResponse: true,
  write(writer, message) {
    writer.stringMultimap(message.options)
  },
  read(reader) {
    return { options: reader.stringMultimap() }
  },
})

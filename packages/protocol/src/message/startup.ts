import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** STARTUP: the first request on a connection (native protocol v4, section 4.1.1). */
export interface Startup {
  /** `CQL_VERSION` is mandatory for servers; `COMPRESSION`, `NO_COMPACT`, `THROW_ON_OVERLOAD` and others are not. */
  options: Record<string, string>
}

// <options string map>
export const startup: MessageCodec<Startup> = defineMessage({
  name: 'STARTUP',
  opcode: Opcode.STARTUP,
  isResponse: false,
  write(writer, message) {
    writer.stringMap(message.options)
  },
  read(reader) {
    return { options: reader.stringMap() }
  },
})

import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** AUTHENTICATE: the server wants a login before READY (native protocol v4, section 4.2.3). */
export interface Authenticate {
  /** Class name of the server's authenticator. */
  authenticator: string
}

// <authenticator string>
export const authenticate: MessageCodec<Authenticate> = defineMessage({
  name: 'AUTHENTICATE',
  opcode: Opcode.AUTHENTICATE,
  isResponse: true,
  write(writer, message) {
    writer.string(message.authenticator)
  },
  read(reader) {
    return { authenticator: reader.string() }
  },
})

import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** AUTH_CHALLENGE: one more step of the SASL exchange, from the server (native protocol v4, section 4.2.7). */
export interface AuthChallenge {
  token: Buffer | null
}

// <token bytes>
export const authChallenge: MessageCodec<AuthChallenge> = defineMessage({
  name: 'AUTH_CHALLENGE',
  opcode: Opcode.AUTH_CHALLENGE,
  isResponse: true,
  write(writer, message) {
    writer.bytes(message.token)
  },
  read(reader) {
    return { token: reader.bytes() }
  },
})

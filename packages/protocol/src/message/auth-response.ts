import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** AUTH_RESPONSE: the client's answer to AUTHENTICATE or AUTH_CHALLENGE (native protocol v4, section 4.1.2). */
export interface AuthResponse {
  /** A secret: for PLAIN it holds the password. */
  token: Buffer | null
}

// <token bytes>
export const authResponse: MessageCodec<AuthResponse> = defineMessage({
  name: 'AUTH_RESPONSE',
  opcode: Opcode.AUTH_RESPONSE,
  isResponse: false,
  write(writer, message) {
    writer.bytes(message.token)
  },
  read(reader) {
    return { token: reader.bytes() }
  },
})

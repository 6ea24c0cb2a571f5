import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** AUTH_SUCCESS: the login is done (native protocol v4, section 4.2.8). */
export interface AuthSuccess {
  token: Buffer | null
}

// <token bytes>
export const authSuccess: MessageCodec<AuthSuccess> = defineMessage({
  name: 'AUTH_SUCCESS',
  opcode: Opcode.AUTH_SUCCESS,
  isResponse: true,
  write(writer, message) {
    writer.bytes(message.token)
  },
  read(reader) {
    return { token: reader.bytes() }
  },
})

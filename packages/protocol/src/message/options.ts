import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** OPTIONS: asks for SUPPORTED (native protocol v4, section 4.1.3). */
export type Options = Record<string, never>

// An empty body.
export const options: MessageCodec<Options> = defineMessage({
  name: 'OPTIONS',
  opcode: Opcode.OPTIONS,
  isResponse: false,
  write() {},
  read() {
    return {}
  },
})

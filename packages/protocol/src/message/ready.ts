import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'

/** READY: the connection takes queries, or the REGISTER holds (native protocol v4, section 4.2.2). */
export type Ready = Record<string, never>

// An empty body.
export const ready: MessageCodec<Ready> = defineMessage({
  name: 'READY',
  opcode: Opcode.READY,
  isResponse: true,
  write() {},
  read() {
    return {}
  },
})

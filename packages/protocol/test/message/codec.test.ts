import {
  authChallenge,
  authenticate,
  authResponse,
  authSuccess,
  batch,
  error,
  event,
  execute,
  type MessageCodec,
  Opcode,
  options,
  type ProtocolVersion,
  prepare,
  query,
  ready,
  register,
  result,
  startup,
  supported,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'

const codecs: Record<keyof typeof Opcode, Pick<MessageCodec<unknown>, 'opcode' | 'isResponse'>> = {
  ERROR: error,
  STARTUP: startup,
  READY: ready,
  AUTHENTICATE: authenticate,
  OPTIONS: options,
  SUPPORTED: supported,
  QUERY: query,
  RESULT: result,
  PREPARE: prepare,
  EXECUTE: execute,
  REGISTER: register,
  EVENT: event,
  BATCH: batch,
  AUTH_CHALLENGE: authChallenge,
  AUTH_RESPONSE: authResponse,
  AUTH_SUCCESS: authSuccess,
}

const requests = ['STARTUP', 'OPTIONS', 'QUERY', 'PREPARE', 'EXECUTE', 'REGISTER', 'BATCH', 'AUTH_RESPONSE']

describe('MessageCodec', () => {
  it('exists for each opcode, with its direction', () => {
    for (const [name, codec] of Object.entries(codecs)) {
      expect(codec.opcode).toBe(Opcode[name as keyof typeof Opcode])
      expect(codec.isResponse).toBe(!requests.includes(name))
    }
  })

  it('refuses versions that it does not speak', () => {
    for (const version of [0, 2, 5, 6, 65] as unknown as ProtocolVersion[]) {
      expect(codeOf(() => ready.encode({}, version))).toBe('PROTOCOL_UNSUPPORTED_VERSION')
      expect(codeOf(() => ready.decode(Buffer.alloc(0), version))).toBe('PROTOCOL_UNSUPPORTED_VERSION')
    }
  })
})

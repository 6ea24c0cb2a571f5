import {
  decodeHeader,
  encodeFrame,
  encodeRequest,
  ProtocolError,
  type ProtocolErrorCode,
  protocolErrorCodes,
  Reader,
  ready,
  Writer,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from './support/code-of.ts'
import { hex } from './support/hex.ts'

/** For each code a way to meet it. */
const causes: Record<ProtocolErrorCode, () => unknown> = {
  PROTOCOL_HEADER_TRUNCATED: () => decodeHeader(hex('04')),
  PROTOCOL_BODY_TRUNCATED: () => new Reader(hex('04')).short(),
  PROTOCOL_BODY_TRAILING_BYTES: () => ready.decode(hex('00'), 4),
  PROTOCOL_BAD_LENGTH: () => new Reader(hex('ffffffff')).longString(),
  PROTOCOL_BAD_VALUE: () => new Writer().byte(256),
  PROTOCOL_UNSUPPORTED_VERSION: () => ready.decode(hex(''), 5 as 4),
  PROTOCOL_FRAME_TOO_LARGE: () => decodeHeader(hex('04 00 0001 07 7fffffff')),
  PROTOCOL_BAD_DIRECTION: () => encodeRequest(ready, {}, { version: 4, stream: 1 }),
}

describe('ProtocolError', () => {
  it('has the code and name it is filed under', () => {
    const cause = new Error('why')
    for (const code of protocolErrorCodes) {
      const error = new ProtocolError(code, 'what', { cause })
      expect(error.code).toBe(code)
      expect(error.name).toBe('ProtocolError')
      expect(error.message).toBe('what')
      expect(error.cause).toBe(cause)
    }
  })

  it('is thrown with each of its codes', () => {
    for (const code of protocolErrorCodes) expect(codeOf(causes[code])).toBe(code)
  })

  it('names the numbers', () => {
    expect(() => decodeHeader(hex('84 00 000c 08 11e1a300'))).toThrow(
      'frame body of 300000000 bytes exceeds the maximum of 268435456 (stream 12)',
    )
    expect(() =>
      encodeFrame({ version: 4, isResponse: false, flags: 0, stream: 40000, opcode: 7, body: hex('') }),
    ).toThrow('stream 40000 is not an integer from -32768 to 32767')
  })
})

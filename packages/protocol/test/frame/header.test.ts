import { BODY_BYTES_MAX, decodeHeader } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { hex } from '../support/hex.ts'

describe('decodeHeader', () => {
  it('reads a request at an offset', () => {
    const buffer = hex(
      'ffff', // before the header
      '04', // v4, request
      '02', // flags: tracing
      '7fff', // stream
      '0d', // BATCH
      '00000100', // 256 bytes
    )
    expect(decodeHeader(buffer, 2)).toStrictEqual({
      version: 4,
      isResponse: false,
      flags: 2,
      stream: 32767,
      opcode: 13,
      bodyBytes: 256,
    })
  })

  it('reads versions and opcodes that are not spoken here as they are', () => {
    expect(decodeHeader(hex('c1 00 8000 ff 00000000'))).toStrictEqual({
      version: 65,
      isResponse: true,
      flags: 0,
      stream: -32768,
      opcode: 255,
      bodyBytes: 0,
    })
  })

  it('refuses fewer than nine bytes', () => {
    expect(codeOf(() => decodeHeader(hex('04 00 0001 07 000000')))).toBe('PROTOCOL_HEADER_TRUNCATED')
    expect(codeOf(() => decodeHeader(hex('04 00 0001 07 00000000'), 1))).toBe('PROTOCOL_HEADER_TRUNCATED')
    expect(codeOf(() => decodeHeader(hex('04 00 0001 07 00000000'), -1))).toBe('PROTOCOL_HEADER_TRUNCATED')
    expect(codeOf(() => decodeHeader(hex('04 00 0001 07 00000000'), 20))).toBe('PROTOCOL_HEADER_TRUNCATED')
  })

  it('takes a body of 256 MiB and not a byte more', () => {
    expect(decodeHeader(hex('04 00 0001 07 10000000')).bodyBytes).toBe(BODY_BYTES_MAX)
    expect(codeOf(() => decodeHeader(hex('04 00 0001 07 10000001')))).toBe('PROTOCOL_FRAME_TOO_LARGE')
    expect(codeOf(() => decodeHeader(hex('04 00 0001 07 ffffffff')))).toBe('PROTOCOL_FRAME_TOO_LARGE')
  })
})

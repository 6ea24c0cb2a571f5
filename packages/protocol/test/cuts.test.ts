import { decodeHeader, HEADER_BYTES } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { allGoldens } from './golden/all.ts'
import { codeOf } from './support/code-of.ts'

describe('a golden frame', () => {
  it('cut within its header is PROTOCOL_HEADER_TRUNCATED', () => {
    for (const { frame } of allGoldens) {
      for (let length = 0; length < HEADER_BYTES; length++) {
        expect(codeOf(() => decodeHeader(frame.subarray(0, length)))).toBe('PROTOCOL_HEADER_TRUNCATED')
      }
    }
  })

  for (const golden of allGoldens) {
    const body = golden.frame.subarray(HEADER_BYTES)

    it(`cut anywhere in its body is PROTOCOL_BODY_TRUNCATED: ${golden.title}`, () => {
      const codes = Array.from(body, (_, length) => codeOf(() => golden.decode(body.subarray(0, length))))
      expect(codes).toStrictEqual(codes.map(() => 'PROTOCOL_BODY_TRUNCATED'))
    })

    it(`with one more byte is PROTOCOL_BODY_TRAILING_BYTES: ${golden.title}`, () => {
      for (const byte of [0x00, 0xff]) {
        const longer = Buffer.concat([body, Buffer.from([byte])])
        expect(codeOf(() => golden.decode(longer))).toBe('PROTOCOL_BODY_TRAILING_BYTES')
      }
    })
  }
})

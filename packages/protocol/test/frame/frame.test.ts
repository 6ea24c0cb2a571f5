import { BODY_BYTES_MAX, encodeFrame, type Frame } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { hex } from '../support/hex.ts'

const frame: Frame = { version: 4, isResponse: true, flags: 8, stream: -1, opcode: 12, body: hex('abcd') }

describe('encodeFrame', () => {
  it('puts the header before the body', () => {
    expect(encodeFrame(frame)).toStrictEqual(hex('84 08 ffff 0c 00000002 abcd'))
    expect(encodeFrame({ ...frame, version: 3, isResponse: false })).toStrictEqual(hex('03 08 ffff 0c 00000002 abcd'))
  })

  it('refuses versions that are not spoken here', () => {
    expect(codeOf(() => encodeFrame({ ...frame, version: 5 as 4 }))).toBe('PROTOCOL_UNSUPPORTED_VERSION')
  })

  it('refuses fields that the header cannot hold', () => {
    for (const wrong of [{ flags: 256 }, { stream: 32768 }, { stream: -32769 }, { stream: 0.5 }, { opcode: -1 }]) {
      expect(codeOf(() => encodeFrame({ ...frame, ...wrong }))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('refuses a body of more than 256 MiB before it allocates the frame', () => {
    const body = { length: BODY_BYTES_MAX + 1 } as Uint8Array
    expect(codeOf(() => encodeFrame({ ...frame, body }))).toBe('PROTOCOL_FRAME_TOO_LARGE')
  })
})

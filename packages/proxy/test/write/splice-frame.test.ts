import { hex } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { longString, shortBytes, spliceFrame } from '../../src/write/splice-frame.ts'

const frame = hex('04 00 0001 07 00000006', 'a1 a2 a3 a4 a5 a6')

describe('spliceFrame', () => {
  it('copies a frame in which nothing is replaced', () => {
    const copy = spliceFrame(frame, 0, frame.length, [])
    expect(copy).toStrictEqual(frame)
    expect(copy.buffer === frame.buffer && copy.byteOffset === frame.byteOffset).toBe(false)
  })

  it('replaces pieces by longer, shorter and no bytes and sets the length', () => {
    const spliced = spliceFrame(frame, 0, frame.length, [
      { from: 9, to: 10, bytes: hex('b1 b2 b3') },
      { from: 11, to: 13, bytes: hex('c1') },
      { from: 14, to: 15, bytes: hex('') },
    ])
    expect(spliced).toStrictEqual(hex('04 00 0001 07 00000006', 'b1 b2 b3 a2 c1 a5'))
  })

  it('inserts where a piece has no bytes', () => {
    expect(spliceFrame(frame, 0, frame.length, [{ from: 15, to: 15, bytes: hex('ff') }])).toStrictEqual(
      hex('04 00 0001 07 00000007', 'a1 a2 a3 a4 a5 a6 ff'),
    )
  })

  it('takes the frame out of a larger buffer; pieces count from the buffer', () => {
    const around = Buffer.concat([Buffer.alloc(3, 0xee), frame, Buffer.alloc(3, 0xee)])
    const spliced = spliceFrame(around, 3, 3 + frame.length, [{ from: 12, to: 13, bytes: hex('d1 d2') }])
    expect(spliced).toStrictEqual(hex('04 00 0001 07 00000007', 'd1 d2 a2 a3 a4 a5 a6'))
  })
})

describe('longString', () => {
  it('has the length in bytes before the text', () => {
    expect(longString('Zoë')).toStrictEqual(hex('00000004', '5a 6f c3 ab'))
    expect(longString('')).toStrictEqual(hex('00000000'))
  })
})

describe('shortBytes', () => {
  it('has the length before the bytes', () => {
    expect(shortBytes(hex('01 02 03'))).toStrictEqual(hex('0003', '01 02 03'))
  })
})

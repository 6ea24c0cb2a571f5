import { describe, expect, it } from 'vitest'
import { hex } from '../src/index.ts'

describe('hex', () => {
  it('joins its parts and ignores white space', () => {
    expect(hex('04 00 0001 07', /* v4 QUERY, stream 1 */ '0000 0000')).toStrictEqual(
      Buffer.from([4, 0, 0, 1, 7, 0, 0, 0, 0]),
    )
    expect(hex('')).toStrictEqual(Buffer.alloc(0))
  })

  it('takes comments to the end of a line', () => {
    expect(
      hex(`04 // version
                00 # flags`),
    ).toStrictEqual(Buffer.from([4, 0]))
  })

  it('is a template tag, in which numbers are bytes', () => {
    expect(hex`04 ${7} ${'ff'} ${Buffer.from([1, 2])}`).toStrictEqual(Buffer.from([4, 7, 255, 1, 2]))
  })

  it('refuses what is not hex', () => {
    expect(() => hex('0g')).toThrow(
      expect.objectContaining({ code: 'HEX_INVALID', message: "'g' at digit 1 is not a hex digit" }),
    )
    expect(() => hex('012')).toThrow(expect.objectContaining({ code: 'HEX_INVALID' }))
  })
})

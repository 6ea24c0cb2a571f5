import { decodePrefix, encodePrefix, HeaderFlag, Reader } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { ascii, hex } from '../support/hex.ts'

describe('decodePrefix', () => {
  it('reads nothing where no flag is set', () => {
    const reader = new Reader(hex('00000001'))
    expect(decodePrefix(0, reader)).toStrictEqual({ tracingId: null, warnings: null, customPayload: null })
    expect(reader.remaining).toBe(4)
  })

  it('reads tracing id, warnings, custom payload in this order and stops at the message', () => {
    const bytes = hex(
      '00112233445566778899aabbccddeeff', // tracing id
      '0001 0001', // one warning
      ascii('w'),
      '0001 0001', // one entry, its name
      ascii('k'),
      '00000001 07', // its value
      '00000001', // the message
    )
    const reader = new Reader(bytes)
    expect(decodePrefix(HeaderFlag.TRACING | HeaderFlag.WARNING | HeaderFlag.CUSTOM_PAYLOAD, reader)).toStrictEqual({
      tracingId: '00112233-4455-6677-8899-aabbccddeeff',
      warnings: ['w'],
      customPayload: { k: hex('07') },
    })
    expect(reader.rest()).toStrictEqual(hex('00000001'))
  })

  it('refuses parts that the body does not carry', () => {
    for (const flag of [HeaderFlag.TRACING, HeaderFlag.WARNING, HeaderFlag.CUSTOM_PAYLOAD]) {
      expect(codeOf(() => decodePrefix(flag, new Reader(hex('00'))))).toBe('PROTOCOL_BODY_TRUNCATED')
    }
  })
})

describe('encodePrefix', () => {
  it('sets the flags of the parts that are there', () => {
    expect(encodePrefix({})).toStrictEqual({ flags: 0, bytes: Buffer.alloc(0) })
    expect(encodePrefix({ warnings: [] })).toStrictEqual({ flags: HeaderFlag.WARNING, bytes: hex('0000') })
    expect(encodePrefix({ tracingId: null, customPayload: {} })).toStrictEqual({
      flags: HeaderFlag.CUSTOM_PAYLOAD,
      bytes: hex('0000'),
    })
  })

  it('refuses a tracing id that is no uuid', () => {
    expect(codeOf(() => encodePrefix({ tracingId: 'x' }))).toBe('PROTOCOL_BAD_VALUE')
  })
})

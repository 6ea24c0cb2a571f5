import { Consistency, Reader, Writer } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { ascii, hex } from '../support/hex.ts'

describe('Writer', () => {
  it('writes what Reader reads', () => {
    const writer = new Writer(1)
    writer.byte(255)
    writer.short(65535)
    writer.int(-2147483648)
    writer.long(-9223372036854775808n)
    writer.string('é')
    writer.longString('€')
    writer.uuid('00112233-4455-6677-8899-AABBCCDDEEFF')
    writer.stringList(['a', ''])
    writer.bytes(null)
    writer.value(undefined)
    writer.value(null)
    writer.shortBytes(hex('01'))
    writer.bytesMap({ k: null })
    writer.stringMap({ k: 'v' })
    writer.stringMultimap({ k: ['v', 'w'] })
    writer.inet({ address: '1.2.3.4', port: 1 })
    writer.consistency(Consistency.SERIAL)
    const bytes = hex(
      'ff', // byte
      'ffff', // short
      '80000000', // int
      '8000000000000000', // long
      '0002 c3a9', // string
      '00000003 e282ac', // long string
      '00112233445566778899aabbccddeeff', // uuid
      '0002 0001 61 0000', // string list
      'ffffffff', // bytes, null
      'fffffffe', // value, not set
      'ffffffff', // value, null
      '0001 01', // short bytes
      '0001 0001 6b ffffffff', // bytes map
      '0001 0001 6b 0001 76', // string map
      '0001 0001 6b 0002 0001 76 0001 77', // string multimap
      '04 01020304 00000001', // inet
      '0008', // consistency
    )
    expect(writer.toBuffer()).toStrictEqual(bytes)
    expect(writer.length).toBe(bytes.length)

    const reader = new Reader(bytes)
    expect(reader.byte()).toBe(255)
    expect(reader.short()).toBe(65535)
    expect(reader.int()).toBe(-2147483648)
    expect(reader.long()).toBe(-9223372036854775808n)
    expect(reader.string()).toBe('é')
    expect(reader.longString()).toBe('€')
    expect(reader.uuid()).toBe('00112233-4455-6677-8899-aabbccddeeff')
    expect(reader.stringList()).toStrictEqual(['a', ''])
    expect(reader.bytes()).toBe(null)
    expect(reader.value()).toBe(undefined)
    expect(reader.value()).toBe(null)
    expect(reader.shortBytes()).toStrictEqual(hex('01'))
    expect(reader.bytesMap()).toStrictEqual({ k: null })
    expect(reader.stringMap()).toStrictEqual({ k: 'v' })
    expect(reader.stringMultimap()).toStrictEqual({ k: ['v', 'w'] })
    expect(reader.inet()).toStrictEqual({ address: '1.2.3.4', port: 1 })
    expect(reader.consistency()).toBe(Consistency.SERIAL)
    expect(reader.remaining).toBe(0)
  })

  it('starts from no bytes at all', () => {
    const writer = new Writer(0)
    expect(writer.toBuffer()).toStrictEqual(Buffer.alloc(0))
    writer.byte(1)
    expect(writer.toBuffer()).toStrictEqual(hex('01'))
  })

  it('leaves what it has handed out as it is', () => {
    const writer = new Writer(2)
    writer.byte(1)
    const before = writer.toBuffer()
    for (let i = 0; i < 100; i++) writer.byte(2)
    expect(before).toStrictEqual(hex('01'))
  })

  it('refuses numbers that their fields cannot hold', () => {
    const writer = new Writer()
    const wrong: (() => void)[] = [
      () => writer.byte(256),
      () => writer.byte(-1),
      () => writer.short(65536),
      () => writer.short(1.5),
      () => writer.int(2147483648),
      () => writer.int(Number.NaN),
      () => writer.long(1n << 63n),
      () => writer.consistency(11 as 10),
      () => writer.uuid('00112233445566778899aabbccddeeff'),
    ]
    for (const each of wrong) expect(codeOf(each)).toBe('PROTOCOL_BAD_VALUE')
    expect(writer.length).toBe(0)
  })

  it('refuses texts, bytes and lists that are too long for their fields', () => {
    const writer = new Writer()
    const entries = Object.fromEntries(Array.from({ length: 65536 }, (_, i) => [`k${i}`, '']))
    const wrong: (() => void)[] = [
      () => writer.string('é'.repeat(32768)),
      () => writer.shortBytes(Buffer.alloc(65536)),
      () => writer.stringList(new Array<string>(65536).fill('')),
      () => writer.stringMap(entries),
    ]
    for (const each of wrong) expect(codeOf(each)).toBe('PROTOCOL_BAD_LENGTH')
    expect(writer.length).toBe(0)
    writer.string('a'.repeat(65535))
    expect(writer.toBuffer()).toStrictEqual(hex('ffff', ascii('a'.repeat(65535))))
  })
})

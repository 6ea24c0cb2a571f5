import { Consistency, Reader } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { ascii, hex } from '../support/hex.ts'

describe('Reader', () => {
  it('reads numbers', () => {
    const reader = new Reader(hex('ff', 'ffff', 'ffffffff', '7fffffff', 'ffffffffffffffff', '7fffffffffffffff'))
    expect([reader.byte(), reader.short(), reader.int(), reader.int()]).toStrictEqual([255, 65535, -1, 2147483647])
    expect([reader.long(), reader.long()]).toStrictEqual([-1n, 9223372036854775807n])
    expect(reader.remaining).toBe(0)
  })

  it('reads texts', () => {
    const reader = new Reader(hex('0002 c3a9', '00000003 e282ac', '0000', '0002 0001', ascii('a'), '0000'))
    expect(reader.string()).toBe('é')
    expect(reader.longString()).toBe('€')
    expect(reader.string()).toBe('')
    expect(reader.stringList()).toStrictEqual(['a', ''])
  })

  it('keeps apart null, not set and empty', () => {
    const reader = new Reader(hex('ffffffff', 'fffffffe', '00000000', 'ffffffff', '80000000', '00000000', '0000'))
    expect([reader.value(), reader.value(), reader.value()]).toStrictEqual([null, undefined, Buffer.alloc(0)])
    expect([reader.bytes(), reader.bytes(), reader.bytes()]).toStrictEqual([null, null, Buffer.alloc(0)])
    expect(reader.shortBytes()).toStrictEqual(Buffer.alloc(0))
  })

  it('reads uuids and consistencies', () => {
    const reader = new Reader(hex('00112233445566778899AABBCCDDEEFF', '000a'))
    expect(reader.uuid()).toBe('00112233-4455-6677-8899-aabbccddeeff')
    expect(reader.consistency()).toBe(Consistency.LOCAL_ONE)
  })

  it('takes a map key off the wire for no more than a key', () => {
    const map = new Reader(hex('0001 0009', ascii('__proto__'), '0001 0001', ascii('x'))).stringMultimap()
    expect(Object.entries(map)).toStrictEqual([['__proto__', ['x']]])
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype)
  })

  it('stays within the part it is given', () => {
    const reader = new Reader(hex('ff 0001 0002 ff'), 1, 5)
    expect([reader.offset, reader.remaining]).toStrictEqual([1, 4])
    expect([reader.short(), reader.short()]).toStrictEqual([1, 2])
    expect(codeOf(() => reader.byte())).toBe('PROTOCOL_BODY_TRUNCATED')
    for (const [start, end] of [
      [0, 3],
      [-1, 1],
      [2, 1],
      [Number.NaN, 1],
    ]) {
      expect(codeOf(() => new Reader(hex('0000'), start, end))).toBe('PROTOCOL_BAD_LENGTH')
    }
  })

  it('does not move when it throws for want of bytes', () => {
    const reader = new Reader(hex('0001'))
    expect(codeOf(() => reader.int())).toBe('PROTOCOL_BODY_TRUNCATED')
    expect(reader.short()).toBe(1)
  })

  it('says where and how much is missing', () => {
    const reader = new Reader(hex('ff 00 0005 6162'), 1)
    reader.byte()
    expect(() => reader.string()).toThrow('[string] of 5 bytes at offset 3 exceeds the 2 bytes left')
  })

  it('refuses lengths beyond the end before it allocates for them', () => {
    const read: ((reader: Reader) => unknown)[] = [
      (reader) => reader.longString(),
      (reader) => reader.bytes(),
      (reader) => reader.value(),
      (reader) => reader.string(),
      (reader) => reader.shortBytes(),
      (reader) => reader.stringList(),
      (reader) => reader.stringMap(),
      (reader) => reader.stringMultimap(),
      (reader) => reader.bytesMap(),
      (reader) => reader.intCount(1, 'things'),
      (reader) => reader.uuid(),
      (reader) => reader.long(),
    ]
    for (const each of read) expect(codeOf(() => each(new Reader(hex('7fffffff'))))).toBe('PROTOCOL_BODY_TRUNCATED')
  })

  it('refuses negative lengths where null has no meaning', () => {
    expect(codeOf(() => new Reader(hex('ffffffff')).longString())).toBe('PROTOCOL_BAD_LENGTH')
    expect(codeOf(() => new Reader(hex('ffffffff')).intCount(0, 'things'))).toBe('PROTOCOL_BAD_LENGTH')
    expect(codeOf(() => new Reader(hex('fffffffd')).value())).toBe('PROTOCOL_BAD_LENGTH')
  })

  it('refuses texts that are not UTF-8', () => {
    expect(codeOf(() => new Reader(hex('0001 ff')).string())).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => new Reader(hex('00000003 eda080')).longString())).toBe('PROTOCOL_BAD_VALUE')
  })

  it('finishes only where nothing is left', () => {
    const reader = new Reader(hex('0001 00'))
    reader.short()
    expect(codeOf(() => reader.finish('X'))).toBe('PROTOCOL_BODY_TRAILING_BYTES')
    expect(() => reader.finish('X')).toThrow('X ends after 2 of 3 bytes')
    reader.byte()
    expect(codeOf(() => reader.finish('X'))).toBe(null)
  })
})

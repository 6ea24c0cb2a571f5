import { describe, expect, it } from 'vitest'
import { hashBytes, isTargetShare } from '../../src/routing/read-share.ts'

function hash(text: string): number {
  const bytes = Buffer.from(text)
  return hashBytes(bytes, 0, bytes.length)
}

/** The lowest percentage at which the key is read from the target. */
function threshold(text: string): number {
  const found = Array.from({ length: 101 }, (_, percent) => percent).find((percent) =>
    isTargetShare(hash(text), percent),
  )
  return found ?? 101
}

describe('hashBytes', () => {
  // Published vectors of 32-bit FNV-1a (draft-eastlake-fnv, appendix C).
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['b', 0xe70c2de5],
    ['foo', 0xa9f37ed7],
    ['foobar', 0xbf9cf968],
  ])('is FNV-1a of %j', (text, expected) => {
    expect(hash(text) >>> 0).toBe(expected)
  })

  it('goes on from a hash as if the bytes stood together', () => {
    const bytes = Buffer.from('foobar')
    expect(hashBytes(bytes, 3, 6, hashBytes(bytes, 0, 3))).toBe(hashBytes(bytes, 0, 6))
  })
})

describe('isTargetShare', () => {
  // These numbers must never change: a proxy of another version beside this one would read the same key elsewhere.
  it.each([
    ['', 5],
    ['a', 97],
    ['foobar', 86],
    ['user-1', 31],
    ['user-2', 44],
    ['3b2c1d0e-0000-4000-8000-000000000001', 77],
  ])('moves the key %j at %i %%', (key, percent) => {
    expect(threshold(key)).toBe(percent)
  })

  it('moves no key at 0 % and all at 100 %', () => {
    for (let i = 0; i < 10_000; i++) {
      expect(isTargetShare(hash(`key-${i}`), 0)).toBe(false)
      expect(isTargetShare(hash(`key-${i}`), 100)).toBe(true)
    }
  })

  it('never moves a key back while the percentage rises', () => {
    for (let i = 0; i < 1_000; i++) {
      const shares = Array.from({ length: 101 }, (_, percent) => isTargetShare(hash(`key-${i}`), percent))
      expect(shares.indexOf(true)).toBe(threshold(`key-${i}`))
      expect(shares.lastIndexOf(false)).toBe(threshold(`key-${i}`) - 1)
    }
  })

  it.each([
    ['short numbers', (i: number) => Buffer.from([0, 0, i >> 8, i])],
    ['texts', (i: number) => Buffer.from(`user-${i}`)],
    ['uuids', (i: number) => Buffer.from(`00000000-0000-4000-8000-${String(i).padStart(12, '0')}`)],
  ])('moves as many keys as the percentage says: %s', (_what, keyOf) => {
    const count = 20_000
    for (const percent of [1, 10, 25, 50, 90]) {
      let moved = 0
      for (let i = 0; i < count; i++) {
        const key = keyOf(i)
        if (isTargetShare(hashBytes(key, 0, key.length), percent)) moved++
      }
      expect(Math.abs((100 * moved) / count - percent)).toBeLessThan(2)
    }
  })
})

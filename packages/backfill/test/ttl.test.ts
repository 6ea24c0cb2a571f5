import { describe, expect, it } from 'vitest'
import { ttlAtWrite } from '../src/ttl.ts'

describe('ttlAtWrite', () => {
  it.each([
    ['no TTL is 0, which is bound', null, 0, 0],
    ['no TTL stays none however late', null, 1e12, 0],
    ['at once', 10, 0, 10],
    ['within the same second', 10, 1, 10],
    ['after a whole second', 10, 1000, 9],
    ['rounded up to the next second', 10, 1001, 9],
    ['rounded up until the next is full', 10, 1999, 9],
    ['at the last millisecond', 10, 9_999, 1],
    ['at the end', 10, 10_000, null],
    ['after the end', 10, 30_000, null],
    ['less than a second left when read', 0, 0, null],
    ['a clock that was set back adds nothing', 10, -60_000, 10],
    ['20 years, the longest there is', 630_720_000, 1500, 630_719_999],
  ])('%s', (_name, ttl, elapsedMs, expected) => {
    expect(ttlAtWrite(ttl, 5_000_000_000_000, 5_000_000_000_000 + elapsedMs)).toBe(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { TimeUuids } from '../../src/write/time-uuid.ts'

/** 100 ns intervals since 1582-10-15 (RFC 4122, section 4.1.4), read back from the text. */
function timeOf(uuid: string): bigint {
  const [low = '', mid = '', high = ''] = uuid.split('-')
  return BigInt(`0x${high.slice(1)}${mid}${low}`)
}

describe('TimeUuids', () => {
  it('writes time, version, variant, clock sequence and node where RFC 4122 has them', () => {
    const random = (bytes: number): Buffer => Buffer.alloc(bytes, 0x42)
    // 2015-07-14T17:33:04.734Z
    expect(new TimeUuids(() => 1_436_895_184_734, random).next()).toBe('622907e0-2a4e-11e5-8242-434242424242')
  })

  it('are version 1 of the RFC variant, with the multicast bit that no network card has', () => {
    const uuids = new TimeUuids()
    for (let i = 0; i < 1_000; i++) {
      const uuid = uuids.next()
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(Number.parseInt(uuid.slice(24, 26), 16) & 1).toBe(1)
    }
  })

  it('are unique and ascend in time, also where the clock stands still or goes back', () => {
    const clock = [1_000, 1_000, 999, 0, 1_001]
    const uuids = new TimeUuids(() => clock.shift() ?? 1_001)
    const made = Array.from({ length: 20_000 }, () => uuids.next())
    expect(new Set(made).size).toBe(made.length)
    for (let i = 1; i < made.length; i++) {
      expect(timeOf(made[i] ?? '') > timeOf(made[i - 1] ?? '')).toBe(true)
    }
  })

  it('tell the time that it is', () => {
    const unixMs = (timeOf(new TimeUuids().next()) - 122_192_928_000_000_000n) / 10_000n
    expect(Math.abs(Number(unixMs) - Date.now())).toBeLessThan(2_000)
  })

  it('differ between two processes that start in the same millisecond', () => {
    const [first, second] = [new TimeUuids(() => 5).next(), new TimeUuids(() => 5).next()]
    expect(first).not.toBe(second)
  })
})

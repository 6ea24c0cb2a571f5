import { STREAM_IDS_MAX, StreamIds } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { seededRandom } from './support/random.ts'

describe('StreamIds', () => {
  it('gives each id of its range once, then -1', () => {
    for (const count of [0, 1, 63, 64, 65, 1000, STREAM_IDS_MAX]) {
      const ids = new StreamIds(count)
      const given = Array.from({ length: count }, () => ids.take())
      expect(new Set(given).size).toBe(count)
      expect(given.every((id) => id >= 0 && id < count)).toBe(true)
      expect(ids.take()).toBe(-1)
      expect(ids.taken).toBe(count)
    }
  })

  it('has no more than the protocol allows', () => {
    expect(new StreamIds(100_000).count).toBe(STREAM_IDS_MAX)
    expect(STREAM_IDS_MAX).toBe(32_768)
  })

  it('begins with 0 and takes new ids only when none was given back', () => {
    const ids = new StreamIds(10)
    expect([ids.take(), ids.take(), ids.take()]).toStrictEqual([0, 1, 2])
    ids.give(1)
    ids.give(0)
    expect([ids.take(), ids.take(), ids.take()].sort()).toStrictEqual([0, 1, 3])
  })

  it('gives all back in any order and gives all again', () => {
    const ids = new StreamIds(STREAM_IDS_MAX)
    const random = seededRandom(1)
    for (let round = 0; round < 3; round++) {
      const given = Array.from({ length: STREAM_IDS_MAX }, () => ids.take())
      expect(ids.take()).toBe(-1)
      for (let i = given.length - 1; i > 0; i--) {
        const other = random(i + 1)
        ;[given[i], given[other]] = [given[other] as number, given[i] as number]
      }
      for (const id of given) ids.give(id)
      expect(ids.taken).toBe(0)
    }
    expect(new Set(Array.from({ length: STREAM_IDS_MAX }, () => ids.take())).size).toBe(STREAM_IDS_MAX)
  })

  it('never gives an id that is taken, in any mix of takes and gives', () => {
    for (const [seed, count] of [
      [11, 3],
      [12, 64],
      [13, 65],
      [14, 300],
    ] as const) {
      const ids = new StreamIds(count)
      const random = seededRandom(seed)
      const taken = new Set<number>()
      for (let step = 0; step < 20_000; step++) {
        // Drifts between nearly empty and full.
        if (random(100) < (Math.floor(step / 2000) % 2 === 0 ? 60 : 40)) {
          const id = ids.take()
          if (taken.size === count) expect(id).toBe(-1)
          else {
            expect(id).toBeGreaterThanOrEqual(0)
            expect(id).toBeLessThan(count)
            expect(taken.has(id)).toBe(false)
            taken.add(id)
          }
        } else if (taken.size > 0) {
          const id = [...taken][random(taken.size)] as number
          taken.delete(id)
          ids.give(id)
        }
        expect(ids.taken).toBe(taken.size)
      }
    }
  })
})

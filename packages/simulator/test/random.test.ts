import { describe, expect, it } from 'vitest'
import { Random } from '../src/random.ts'

function numbers(seed: number, stream: number): number[] {
  const random = new Random(seed, stream)
  return Array.from({ length: 5 }, () => random.integer(0, 999_999))
}

describe('Random', () => {
  it('gives the same numbers for the same seed and stream, on every machine', () => {
    expect(numbers(7, 0)).toStrictEqual(numbers(7, 0))
    expect(numbers(7, 0)).toMatchInlineSnapshot(`
      [
        714581,
        834096,
        336782,
        977122,
        905977,
      ]
    `)
  })

  it('gives others for another stream, and for seeds that differ above 32 bits', () => {
    expect(numbers(7, 1)).not.toStrictEqual(numbers(7, 0))
    expect(numbers(2 ** 40 + 7, 0)).not.toStrictEqual(numbers(7, 0))
  })

  it('stays within its bounds and reaches both', () => {
    const random = new Random(1, 0)
    const seen = new Set(Array.from({ length: 200 }, () => random.integer(3, 6)))
    expect([...seen].sort()).toStrictEqual([3, 4, 5, 6])
  })

  it('makes version 4 UUIDs that do not repeat', () => {
    const random = new Random(1, 0)
    const uuids = Array.from({ length: 1_000 }, () => random.uuid())
    expect(
      uuids.filter((uuid) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid)),
    ).toStrictEqual([])
    expect(new Set(uuids).size).toBe(1_000)
  })

  it('refuses to choose from nothing', () => {
    expect(() => new Random(1, 0).pick([])).toThrow(RangeError)
  })
})

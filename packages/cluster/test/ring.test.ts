import { describe, expect, it } from 'vitest'
import { coversRing, RING_END, RING_START, splitRing, subtractRanges, type TokenRange } from '../src/index.ts'
import { seededRandom } from './support/seeded-random.ts'

const SMALLEST_TOKEN = -(2n ** 63n)

describe('splitRing', () => {
  it('covers the ring exactly, smallest token included, whatever the count', () => {
    for (const count of [1, 2, 3, 7, 16, 255, 256, 1000, 4096]) {
      const ranges = splitRing(count)
      expect(ranges).toHaveLength(count)
      expect(coversRing(ranges)).toBe(true)
      expect(ranges[0]?.start).toBe(SMALLEST_TOKEN - 1n)
      expect(ranges.at(-1)?.end).toBe(2n ** 63n - 1n)
      const sizes = ranges.map(({ start, end }) => end - start)
      const sorted = sizes.sort((left, right) => (left < right ? -1 : 1))
      expect((sorted.at(-1) ?? 0n) - (sorted[0] ?? 0n)).toBeLessThanOrEqual(1n)
    }
  })

  it('refuses a count that is no whole number from 1', () => {
    for (const count of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => splitRing(count)).toThrow(expect.objectContaining({ code: 'CLUSTER_BAD_RANGE' }))
    }
  })
})

describe('coversRing', () => {
  const halves = splitRing(2) as [TokenRange, TokenRange]
  it.each<[string, TokenRange[], boolean]>([
    ['the whole ring', [{ start: RING_START, end: RING_END }], true],
    ['ranges out of order', [halves[1], halves[0]], true],
    ['nothing', [], false],
    ['one half', [halves[0]], false],
    ['a range twice', [halves[0], halves[0], halves[1]], false],
    ['a gap of one token', [halves[0], { start: halves[1].start + 1n, end: RING_END }], false],
    ['an overlap of one token', [halves[0], { start: halves[1].start - 1n, end: RING_END }], false],
    ['all but the smallest token', [{ start: SMALLEST_TOKEN, end: RING_END }], false],
    ['all but the largest token', [{ start: RING_START, end: RING_END - 1n }], false],
  ])('judges %s', (_name, ranges, expected) => {
    expect(coversRing(ranges)).toBe(expected)
  })
})

describe('subtractRanges', () => {
  it.each<[string, [bigint, bigint][], [bigint, bigint][], [bigint, bigint][]]>([
    ['nothing done', [[0n, 10n]], [], [[0n, 10n]]],
    ['all done', [[0n, 10n]], [[0n, 10n]], []],
    ['more than all done', [[0n, 10n]], [[-5n, 20n]], []],
    ['the start done', [[0n, 10n]], [[0n, 4n]], [[4n, 10n]]],
    ['the end done', [[0n, 10n]], [[4n, 10n]], [[0n, 4n]]],
    [
      'the middle done',
      [[0n, 10n]],
      [[3n, 7n]],
      [
        [0n, 3n],
        [7n, 10n],
      ],
    ],
    [
      'neighbours done',
      [[0n, 10n]],
      [
        [-5n, 0n],
        [10n, 20n],
      ],
      [[0n, 10n]],
    ],
    [
      'overlapping done',
      [[0n, 10n]],
      [
        [2n, 6n],
        [4n, 8n],
      ],
      [
        [0n, 2n],
        [8n, 10n],
      ],
    ],
    [
      'done across two',
      [
        [0n, 10n],
        [10n, 20n],
      ],
      [[5n, 15n]],
      [
        [0n, 5n],
        [15n, 20n],
      ],
    ],
    [
      'two in the order given',
      [
        [10n, 20n],
        [0n, 10n],
      ],
      [[12n, 13n]],
      [
        [10n, 12n],
        [13n, 20n],
        [0n, 10n],
      ],
    ],
  ])('gives what is left with %s', (_name, all, done, expected) => {
    expect(subtractRanges(all.map(toRange), done.map(toRange))).toStrictEqual(expected.map(toRange))
  })

  it('leaves exactly the tokens that are not done, for rings cut at random places', () => {
    const random = seededRandom(7)
    for (let round = 0; round < 200; round++) {
      const all = splitRing(1 + Math.floor(random() * 20))
      const done = cutAtRandom(random).filter(() => random() < 0.4)
      const left = subtractRanges(all, done)
      expect(coversRing([...left, ...done])).toBe(true)
    }
  })

  it('is the same whether ranges are taken away at once or one by one', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 50; round++) {
      const all = splitRing(8)
      const done = cutAtRandom(random).filter(() => random() < 0.5)
      const oneByOne = done.reduce<TokenRange[]>((left, range) => subtractRanges(left, [range]), all)
      expect(oneByOne).toStrictEqual(subtractRanges(all, done))
    }
  })

  it('refuses ranges that are empty, wrap or leave the ring', () => {
    for (const range of [
      { start: 5n, end: 5n },
      { start: 6n, end: 5n },
      { start: RING_START - 1n, end: 0n },
      { start: 0n, end: RING_END + 1n },
    ]) {
      expect(() => subtractRanges([range], [])).toThrow(expect.objectContaining({ code: 'CLUSTER_BAD_RANGE' }))
      expect(() => subtractRanges([], [range])).toThrow(expect.objectContaining({ code: 'CLUSTER_BAD_RANGE' }))
    }
  })
})

function toRange([start, end]: [bigint, bigint]): TokenRange {
  return { start, end }
}

function cutAtRandom(random: () => number): TokenRange[] {
  const cuts = new Set<bigint>([RING_END])
  for (let i = 0; i < 12; i++) cuts.add(BigInt(Math.floor((random() - 0.5) * 2 ** 53)) * 2n ** 10n)
  const ends = [...cuts].sort((left, right) => (left < right ? -1 : 1))
  return ends.map((end, i) => ({ start: i === 0 ? RING_START : (ends[i - 1] as bigint), end }))
}

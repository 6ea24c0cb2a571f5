import { HotCounter, HotGauge, HotHistogram } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

describe('HotCounter', () => {
  it('counts by one or by an amount', () => {
    const counter = new HotCounter()
    counter.inc()
    counter.inc(41)
    expect(counter.value).toBe(42)
  })
})

describe('HotGauge', () => {
  it('goes up, down and to a value', () => {
    const gauge = new HotGauge()
    gauge.inc()
    gauge.inc(4)
    gauge.dec()
    expect(gauge.value).toBe(4)
    gauge.dec(6)
    expect(gauge.value).toBe(-2)
    gauge.set(0.5)
    expect(gauge.value).toBe(0.5)
  })
})

describe('HotHistogram', () => {
  const bounds = [0.001, 0.01, 1]

  it.each([
    [-1, [1, 1, 1, 1]],
    [0, [1, 1, 1, 1]],
    [0.001, [1, 1, 1, 1]],
    [0.0010001, [0, 1, 1, 1]],
    [1, [0, 0, 1, 1]],
    [1.0001, [0, 0, 0, 1]],
    [Number.MAX_VALUE, [0, 0, 0, 1]],
    [Number.POSITIVE_INFINITY, [0, 0, 0, 1]],
    [Number.NaN, [0, 0, 0, 0]],
  ])('counts %d under each bound it does not exceed', (value, counts) => {
    const histogram = new HotHistogram(bounds)
    histogram.observe(value)
    expect(histogram.cumulative().map(({ count }) => count)).toStrictEqual(counts)
    expect(histogram.count).toBe(counts.at(-1))
    expect(histogram.sum).toBe(Number.isNaN(value) ? 0 : value)
  })

  it('ends its bounds with +Infinity', () => {
    expect(new HotHistogram(bounds).cumulative().map(({ bound }) => bound)).toStrictEqual([
      ...bounds,
      Number.POSITIVE_INFINITY,
    ])
  })

  it('does not follow later changes of the bounds it was given', () => {
    const given = [...bounds]
    const histogram = new HotHistogram(given)
    given[0] = 99
    expect(histogram.cumulative()[0]?.bound).toBe(0.001)
  })
})

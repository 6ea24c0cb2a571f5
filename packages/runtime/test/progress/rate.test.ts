import { describe, expect, it } from 'vitest'
import { Rate } from '../../src/progress/rate.ts'

describe('Rate', () => {
  it('is exact for a steady count, whatever the steps between two looks', () => {
    const rate = new Rate(0, 0)
    let nowMs = 0
    for (const stepMs of [3, 90, 250, 1000, 1, 17_000, 4, 600_000]) {
      nowMs += stepMs
      expect(rate.perSecond(nowMs, nowMs * 2)).toBeCloseTo(2000, 6)
    }
  })

  it('is 0 before any time has passed', () => {
    expect(new Rate(5, 0).perSecond(5, 100)).toBe(0)
  })

  it('follows a change within its decay time', () => {
    const rate = new Rate(0, 0)
    const countAt = (second: number): number => 100 * second + 900 * Math.max(0, second - 60)
    for (let second = 1; second <= 76; second++) rate.perSecond(second * 1000, countAt(second))
    // 16 s after the change about 1 - 1/e of the step is seen.
    const seen = rate.perSecond(76_000, countAt(76))
    expect(seen).toBeGreaterThan(600)
    expect(seen).toBeLessThan(750)
  })

  it('falls to nothing when the count stalls', () => {
    const rate = new Rate(0, 0)
    expect(rate.perSecond(10_000, 1000)).toBeCloseTo(100, 6)
    const seen = [15, 25, 40, 70, 130].map((second) => rate.perSecond(second * 1000, 1000))
    expect(seen).toStrictEqual([...seen].sort((left, right) => right - left))
    expect(seen.at(-1)).toBeLessThan(0.1)
  })

  it('is the same whether looked at often or seldom', () => {
    const often = new Rate(0, 0)
    const seldom = new Rate(0, 0)
    for (let nowMs = 10; nowMs < 20_000; nowMs += 10) often.perSecond(nowMs, nowMs / 10)
    expect(often.perSecond(20_000, 2000)).toBeCloseTo(seldom.perSecond(20_000, 2000), 6)
  })
})

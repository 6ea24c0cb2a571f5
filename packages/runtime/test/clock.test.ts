import { systemClock } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

describe('systemClock', () => {
  it('tells the time of day in milliseconds since the epoch', () => {
    const before = Date.now()
    const nowMs = systemClock.nowMs()
    expect(nowMs).toBeGreaterThanOrEqual(before)
    expect(nowMs).toBeLessThanOrEqual(Date.now())
  })

  it('has a monotonic reading that never goes back', () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonicMs())
    expect(readings).toStrictEqual([...readings].sort((left, right) => left - right))
  })
})

import { describe, expect, it } from 'vitest'
import { listWriteTime } from '../src/fence.ts'

const FENCE = 1_770_000_000_000_000n
const FENCE_MS = 1_770_000_000_000
const YEAR_MS = 365 * 86_400_000

describe('listWriteTime', () => {
  it('is before the fence, by less than 72 minutes', () => {
    for (const nowMs of [0, FENCE_MS, FENCE_MS + 1000, FENCE_MS + 6 * YEAR_MS, FENCE_MS + 600 * YEAR_MS]) {
      const time = listWriteTime(FENCE, nowMs, 10)
      expect(time).toBeLessThan(FENCE)
      expect(FENCE - time).toBeLessThan(72n * 60_000_000n)
    }
  })

  it('is later 50 ms later, for six years', () => {
    for (const nowMs of [FENCE_MS, FENCE_MS + YEAR_MS, FENCE_MS + 6 * YEAR_MS]) {
      expect(listWriteTime(FENCE, nowMs + 50, 1) - listWriteTime(FENCE, nowMs, 1)).toBe(1n)
    }
  })

  it('is later for a later attempt, however soon', () => {
    expect(listWriteTime(FENCE, FENCE_MS, 2) - listWriteTime(FENCE, FENCE_MS, 1)).toBe(1n)
  })
})

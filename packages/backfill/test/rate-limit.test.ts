import { describe, expect, it } from 'vitest'
import { RateLimit } from '../src/rate-limit.ts'

/** A limiter on a clock that moves only where it sleeps, or is moved. */
function limiterOf(perSecond: number | null) {
  const clock = { nowMs: 1000, sleptMs: [] as number[] }
  const limit = new RateLimit(perSecond, {
    nowMs: () => clock.nowMs,
    sleep: async (delayMs) => {
      clock.sleptMs.push(Math.round(delayMs))
      clock.nowMs += delayMs
    },
  })
  return { limit, clock }
}

describe('RateLimit', () => {
  it('lets the rate through, whatever the sizes', async () => {
    const { limit, clock } = limiterOf(1000)
    for (let i = 0; i < 100; i++) await limit.take(i % 2 === 0 ? 10 : 90)
    // 5,000 units; the first burst and the last units are not waited for.
    expect(clock.nowMs - 1000).toBeGreaterThan(4700)
    expect(clock.nowMs - 1000).toBeLessThanOrEqual(5000)
  })

  it('saves up no more than a tenth of a second', async () => {
    const { limit, clock } = limiterOf(100)
    clock.nowMs += 60_000
    for (let i = 0; i < 30; i++) await limit.take(1)
    expect(clock.sleptMs).toHaveLength(20 - 1)
  })

  it('makes what is asked for together wait in turn', async () => {
    const pausesMs: number[] = []
    const limit = new RateLimit(10, { nowMs: () => 1000, sleep: async (delayMs) => void pausesMs.push(delayMs) })
    await Promise.all([limit.take(1), limit.take(1), limit.take(1), limit.take(1)])
    expect(pausesMs).toStrictEqual([100, 200])
  })

  it('has no limit where none is given', async () => {
    const { limit, clock } = limiterOf(null)
    await limit.take(1_000_000)
    expect(clock.sleptMs).toStrictEqual([])
  })

  it('ends a wait that is aborted', async () => {
    const limit = new RateLimit(0.001)
    await limit.take(1)
    const abort = new AbortController()
    const waiting = limit.take(1, abort.signal)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})

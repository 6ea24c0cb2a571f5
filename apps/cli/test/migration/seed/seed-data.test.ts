import type { Cluster } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { writeSeed } from '../../../src/migration/seed/seed-data.ts'
import { planSeed } from '../../../src/migration/seed/seed-rows.ts'

describe('writeSeed', () => {
  it('writes everything once, with a bound of requests in flight', async () => {
    const plan = planSeed(1)
    let inFlight = 0
    let most = 0
    const seen: unknown[] = []
    const cluster = fakeCluster(async (cql, values) => {
      inFlight++
      most = Math.max(most, inFlight)
      await new Promise((resolve) => setImmediate(resolve))
      seen.push([cql, values])
      inFlight--
    })
    let last = 0
    await writeSeed(cluster, plan, { signal: new AbortController().signal, onWritten: (count) => (last = count) })
    expect(seen.length).toBe(plan.writes.length)
    expect(new Set(seen).size).toBe(plan.writes.length)
    expect(last).toBe(plan.writes.length)
    expect(most).toBe(128)
  })

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController()
    let count = 0
    const cluster = fakeCluster(async () => {
      if (++count === 300) controller.abort(new Error('enough'))
    })
    await expect(writeSeed(cluster, planSeed(1), { signal: controller.signal })).rejects.toThrow('enough')
    expect(count).toBeLessThan(1_000)
  })
})

function fakeCluster(execute: (cql: string, values: readonly unknown[]) => Promise<void>): Cluster {
  return { execute } as unknown as Cluster
}

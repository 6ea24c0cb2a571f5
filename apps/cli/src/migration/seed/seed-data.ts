import type { Cluster } from '@zdmkit/cluster'
import type { SeedPlan } from './seed-rows.ts'

/** Enough to keep a node busy, and few enough that none waits for its time-out. */
const IN_FLIGHT = 128

/** Writes the plan to a cluster. `onWritten` is called with the number of writes done so far. */
export async function writeSeed(
  cluster: Cluster,
  plan: SeedPlan,
  options: { readonly signal: AbortSignal; readonly onWritten?: (count: number) => void },
): Promise<void> {
  const left = plan.writes.values()
  let written = 0
  const work = async (): Promise<void> => {
    for (const { cql, values } of left) {
      options.signal.throwIfAborted()
      // Each has its own write time: sent twice, it changes nothing.
      await cluster.execute(cql, values, { isIdempotent: true })
      written++
      options.onWritten?.(written)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
}

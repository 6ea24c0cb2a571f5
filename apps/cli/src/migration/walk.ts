import { setTimeout as pauseMs } from 'node:timers/promises'
import type { Cluster, ClusterAddress } from '@zdmkit/cluster'
import type { Routing } from '@zdmkit/proxy'
import type { Simulation } from '@zdmkit/simulator'
import type { MigrationOptions, MigrationSettings } from './options.ts'
import { AdminClient, type RoutingStatus } from './proxy/admin-client.ts'
import { countRequests, type RequestCounts, readMetrics } from './proxy/metrics.ts'
import type { ProxyProcess } from './proxy/proxy-process.ts'
import type { Say } from './steps.ts'

/** Everything that a phase works with. */
export interface Walk {
  readonly settings: MigrationSettings
  readonly origin: Cluster
  readonly target: Cluster
  readonly addresses: Readonly<Record<'origin' | 'target' | 'proxy', ClusterAddress>>
  readonly proxy: ProxyProcess
  readonly simulation: Simulation
  readonly signal: AbortSignal
  readonly onPhase: MigrationOptions['onPhase']
}

/** A phase, or one step of phase 4, as it is announced. */
export interface PhasePlan {
  /** Unique; the traffic of the phase is counted under it. */
  readonly label: string
  /** 1 to 5. */
  readonly phase: number
  readonly title: string
  /** What the phase changes; null where the routing stays. */
  readonly change: Partial<Routing> | null
}

/** How a phase went, but for the application's own numbers, which stand in the simulator's report under `label`. */
export interface PhaseRecord {
  readonly label: string
  readonly phase: number
  readonly title: string
  readonly routing: RoutingStatus
  /** How long requests of the routing before were still on their way. */
  readonly settleMs: number
  readonly seconds: number
  readonly requests: RequestCounts
}

/**
 * Walks one phase: changes the routing of the running proxy, waits until the change is settled, and lets the traffic run for
 * the phase's time, or as long as `work` takes if that is longer.
 */
export async function walkPhase(
  walk: Walk,
  plan: PhasePlan,
  work: () => Promise<void> = async () => {},
): Promise<PhaseRecord> {
  const { proxy, simulation, signal, settings, addresses } = walk
  const { label, phase, title, change } = plan
  const admin = new AdminClient(proxy.admin, signal)
  const startedMs = performance.now()
  const before = await readMetrics(proxy.metricsUrl, signal)
  simulation.mark(label)
  const changedMs = performance.now()
  if (change !== null) await admin.changeRouting(change)
  const routing = await admin.untilSettled()
  const settleMs = performance.now() - changedMs
  await walk.onPhase?.({ label, phase, title, routing, ...addresses })
  await Promise.all([pauseMs(settings.phaseSeconds * 1_000, undefined, { signal }), work()])
  const after = await readMetrics(proxy.metricsUrl, signal)
  return {
    ...{ label, phase, title, routing, settleMs },
    seconds: (performance.now() - startedMs) / 1_000,
    requests: countRequests(before, after),
  }
}

/** Tells how the traffic goes, once a second, until it is disposed of. */
export function sayTraffic(walk: Walk, say: Say): Disposable {
  const timer = setInterval(() => {
    const { operations, failures } = walk.simulation.snapshot()
    say(`${operations} operations so far, ${failures} failed`)
  }, 1_000)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

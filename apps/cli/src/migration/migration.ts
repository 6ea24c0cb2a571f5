import { Cluster, type ClusterAddress } from '@zdmkit/cluster'
import { ProgressEmitter, progressLine } from '@zdmkit/runtime'
import { type Simulation, type SimulationReport, startSimulation, verifyLedger } from '@zdmkit/simulator'
import type { RunningCluster } from '@zdmkit/testkit'
import { runValidation } from '@zdmkit/validator'
import { addressOf, type Pair, startClusters } from './clusters.ts'
import { createExerciseSchema, KEYSPACE } from './exercise-schema.ts'
import { type MigrationOptions, type MigrationSettings, settingsOf } from './options.ts'
import { assertCanWrite, writeInto } from './out-directory.ts'
import { FIRST_LABEL, walkOriginOnly } from './phases/phase-1-origin-only.ts'
import { walkDualWrites } from './phases/phase-2-dual-writes.ts'
import { walkBackfill } from './phases/phase-3-backfill.ts'
import { walkDualReads } from './phases/phase-4-dual-reads.ts'
import { walkCutover } from './phases/phase-5-cutover.ts'
import { assertPortFree } from './proxy/assert-port-free.ts'
import { countRequests, readMetrics, sumOf } from './proxy/metrics.ts'
import { PROXY_HOST, ProxyProcess } from './proxy/proxy-process.ts'
import {
  copiedTables,
  joinPhases,
  type KeptMigration,
  type KeptPart,
  lostWrites,
  type MigrationReport,
  type ReportedCluster,
} from './report.ts'
import { writeSeed } from './seed/seed-data.ts'
import { planSeed, type SeedPlan } from './seed/seed-rows.ts'
import { type Say, StepRunner } from './steps.ts'
import { reasonsOf } from './verdict.ts'
import { sayTraffic, type Walk } from './walk.ts'

/** Share of the application's operations that read; fewer than in the exercise, because writes are what can be lost. */
const READ_RATIO = 0.6

/**
 * A whole migration: two clusters, a proxy as a process of its own, the application's traffic through it from phase 1 to the
 * end, the five phases, and the judgement of what came of it. Whatever it finds is in the report; it rejects where it cannot
 * go on, and has ended everything that it started by then.
 * @throws MIGRATION_ codes, those of the provider and of the tools, and the signal's reason when it was aborted
 */
export async function runMigration(options: MigrationOptions): Promise<MigrationReport> {
  const settings = settingsOf(options)
  const startedAt = new Date().toISOString()
  const startedMs = performance.now()
  options.signal?.throwIfAborted()
  if (options.outDirectory) await assertCanWrite(options.outDirectory)
  if (settings.proxyPort !== 0) await assertPortFree(PROXY_HOST, settings.proxyPort)
  const failing = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failing.signal]) : failing.signal
  const fail = (error: unknown): void => failing.abort(error)
  const steps = new StepRunner(options.progress ?? (() => {}), signal)

  await using stack = new AsyncDisposableStack()
  const running = await steps.run(
    'clusters',
    (say) => startClusters(options, { stack, signal, say }),
    ({ origin, target }) => `${describe(origin)}, ${describe(target)}`,
  )
  const addresses = { origin: addressOf(running.origin), target: addressOf(running.target) }
  const plan = planSeed(settings.seed)
  const clusters = await steps.run(
    'data',
    (say) => prepareData(addresses, plan, { stack, signal, say }),
    () => `${formatCounts(plan.rowCounts)} on the origin`,
  )
  const { proxy, simulation } = await steps.run(
    'proxy',
    () => startTraffic(options, { settings, addresses, plan, stack, signal }),
    (started) => `port ${started.proxy.port}, ${settings.workers} workers`,
  )
  proxy.untilEndedByItself().catch(fail)
  simulation.finished.catch(fail)

  const proxyAddress = { contactPoints: [proxy.host], port: proxy.port, localDataCenter: null }
  const walk: Walk = {
    ...clusters,
    ...{ settings, proxy, simulation, signal, onPhase: options.onPhase },
    addresses: { ...addresses, proxy: proxyAddress },
  }
  const { records, backfill } = await walkPhases(walk, steps)
  const traffic = await simulation.stop()

  const validation = await steps.run(
    'validate',
    (say) => validate(addresses, { signal, say }),
    ({ equal, tables }) => `${sum(tables, (table) => table.equal)} rows equal${equal ? '' : ', others differ'}`,
  )
  const verification = await steps.run(
    'ledger',
    () => verifyLedger(simulation.ledger?.entries ?? [], { ...clusters, signal }),
    ({ writes, verdicts }) => `${writes.applied} acknowledged, ${verdicts.length} lost`,
  )
  const metrics = await readMetrics(proxy.metricsUrl, signal)
  const kept = await steps.run(
    'end',
    () => end(options, { running, proxy, stack }),
    (left) => (left === null ? 'all stopped' : 'left running'),
  )

  const parts = {
    traffic: reportTraffic(traffic),
    requests: {
      ...countRequests(new Map(), metrics),
      unanswered: sumOf(metrics, 'zdm_proxy_unanswered_requests'),
    },
    validation: { tables: validation.tables, isEqual: validation.equal, seconds: validation.elapsedSeconds },
    ledger: {
      rows: verification.rowCount,
      acknowledged: verification.writes.applied,
      unknown: verification.writes.unknown,
      lost: lostWrites(verification),
    },
  }
  const reasons = reasonsOf(parts)
  const report: MigrationReport = {
    ...{ schemaVersion: 1, kind: 'migration', isSuccess: reasons.length === 0, reasons, startedAt },
    seconds: (performance.now() - startedMs) / 1_000,
    ...{ seed: settings.seed, provider: options.provider.name },
    origin: reportCluster(running.origin),
    target: reportCluster(running.target),
    seeded: plan.rowCounts,
    phases: joinPhases(records, traffic),
    ...parts,
    backfill: { tables: copiedTables(backfill), rowsWritten: backfill.rowsWritten, seconds: backfill.seconds },
    kept,
  }
  if (options.outDirectory) await writeInto(options.outDirectory, 'report.json', `${JSON.stringify(report, null, 2)}\n`)
  return report
}

interface StepParts {
  readonly stack: AsyncDisposableStack
  readonly signal: AbortSignal
  readonly say: Say
}

/** Connects to both, makes the keyspace on both and seeds the origin meanwhile. */
async function prepareData(
  addresses: Pair<ClusterAddress>,
  plan: SeedPlan,
  { stack, signal, say }: StepParts,
): Promise<Pair<Cluster>> {
  const connect = async (address: ClusterAddress): Promise<Cluster> => stack.use(await Cluster.connect(address))
  const [origin, target] = await Promise.all([connect(addresses.origin), connect(addresses.target)])
  const seedOrigin = async (): Promise<void> => {
    await createExerciseSchema(origin, signal)
    const all = plan.writes.length
    await writeSeed(origin, plan, {
      signal,
      onWritten: (written) => {
        if (written % 500 === 0) say(`${written} of ${all} writes`)
      },
    })
  }
  await Promise.all([seedOrigin(), createExerciseSchema(target, signal)])
  return { origin, target }
}

interface TrafficParts {
  readonly settings: MigrationSettings
  readonly addresses: Pair<ClusterAddress>
  readonly plan: SeedPlan
  readonly stack: AsyncDisposableStack
  readonly signal: AbortSignal
}

async function startTraffic(
  options: MigrationOptions,
  { settings, addresses, plan, stack, signal }: TrafficParts,
): Promise<{ proxy: ProxyProcess; simulation: Simulation }> {
  const interpose = async (role: 'origin' | 'target'): Promise<ClusterAddress> => {
    if (!options.interpose) return addresses[role]
    const { host, port } = stack.use(await options.interpose(role, addresses[role]))
    return { ...addresses[role], contactPoints: [host], port }
  }
  const origin = await interpose('origin')
  const target = await interpose('target')
  const proxy = stack.use(await ProxyProcess.start({ origin, target, port: settings.proxyPort, signal }))
  const { credentials } = addresses.origin
  const simulation = await startSimulation({
    address: {
      ...{ contactPoints: [proxy.host], port: proxy.port, localDataCenter: null },
      ...(credentials ? { credentials } : {}),
    },
    ...{ keyspace: KEYSPACE, durationSeconds: null, delayMs: settings.delayMs, readRatio: READ_RATIO },
    ...{ workers: settings.workers, seed: settings.seed, tables: 'all', existingUserIds: plan.userIds },
    ...{ label: FIRST_LABEL, signal },
  })
  stack.defer(async () => {
    await simulation.stop()
  })
  return { proxy, simulation }
}

async function walkPhases(walk: Walk, steps: StepRunner): Promise<Pick<PhaseResults, 'records' | 'backfill'>> {
  const phase = <T>(
    step: 'phase-1' | 'phase-2' | 'phase-3' | 'phase-4' | 'phase-5',
    work: (say: Say) => Promise<T>,
  ): Promise<T> => {
    const before = walk.simulation.snapshot()
    return steps.run(
      step,
      async (say) => {
        using _traffic = sayTraffic(walk, say)
        return await work(say)
      },
      () => {
        const now = walk.simulation.snapshot()
        return `${now.operations - before.operations} operations, ${now.failures - before.failures} failed`
      },
    )
  }
  const first = await phase('phase-1', () => walkOriginOnly(walk))
  const second = await phase('phase-2', () => walkDualWrites(walk))
  const third = await phase('phase-3', (say) => walkBackfill(walk, say))
  const fourth = await phase('phase-4', (say) => walkDualReads(walk, say))
  const fifth = await phase('phase-5', () => walkCutover(walk))
  return { records: [first, second, third.record, ...fourth, fifth], backfill: third.backfill }
}

type PhaseResults = { records: Awaited<ReturnType<typeof walkDualReads>> } & Pick<
  Awaited<ReturnType<typeof walkBackfill>>,
  'backfill'
>

function validate(
  addresses: Pair<ClusterAddress>,
  { signal, say }: Pick<StepParts, 'signal' | 'say'>,
): ReturnType<typeof runValidation> {
  const progress = new ProgressEmitter()
  progress.subscribe((event) => say(progressLine(event)))
  return runValidation({ ...addresses, keyspace: KEYSPACE }, { signal, progress })
}

/** Stops everything, or leaves clusters and proxy running. */
async function end(
  options: MigrationOptions,
  { running, proxy, stack }: { running: Pair<RunningCluster>; proxy: ProxyProcess; stack: AsyncDisposableStack },
): Promise<KeptMigration | null> {
  if (options.outDirectory) await writeInto(options.outDirectory, 'proxy.log', await proxy.readLog())
  if (!options.keep) {
    await stack.disposeAsync()
    return null
  }
  const { name } = options.provider
  const parts: KeptPart[] = [{ what: 'proxy', provider: 'proxy', handle: await proxy.keep() }]
  for (const what of ['origin', 'target'] as const) {
    parts.push({ what, provider: name, handle: await running[what].keep() })
  }
  const { host, port, metricsUrl, tokenFile } = proxy
  return { proxy: { host, port, metricsUrl, adminUrl: proxy.admin.url, tokenFile }, parts }
}

function reportTraffic(traffic: SimulationReport): MigrationReport['traffic'] {
  const { operations, reads, writes, failures } = traffic
  const failed = traffic.failed.map(({ number, section, text }) => ({ operation: number, phase: section, text }))
  return { operations, reads, writes, failures, failed }
}

function reportCluster(cluster: RunningCluster): ReportedCluster {
  const { clusterName: name, releaseVersion, dataCenter, contactPoints, port } = cluster
  return { name, releaseVersion, dataCenter, contactPoints, port }
}

function describe({ clusterName, releaseVersion, port }: RunningCluster): string {
  return `${clusterName} (Cassandra ${releaseVersion}) on port ${port}`
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([table, count]) => `${count} ${table}`)
    .join(', ')
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

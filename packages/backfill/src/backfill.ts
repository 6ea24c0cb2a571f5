import { type Logger, silentLogger } from '@zdmkit/runtime'
import { Checkpoint, type CheckpointRun, type CheckpointState, checkSameRun } from './checkpoint.ts'
import { Copier } from './copier.ts'
import { chooseFence } from './fence-choice.ts'
import { askRouting, type GateState, passGate } from './gate.ts'
import { loadPlans } from './load-plans.ts'
import { type BackfillContext, type BackfillOptions, limitsOf } from './options.ts'
import type { TablePlan } from './plan.ts'
import type { BackfillReport, RangeFailure, TableReport } from './report.ts'

/**
 * Copies tables from the origin to the target, each cell with its own write time and TTL, while live traffic goes to both.
 * Order: schema of both sides, gate, checkpoint, and only then the first row. An abort ends the run early with a report;
 * failed ranges are in the report too.
 * @throws BACKFILL_ and CLUSTER_ codes where the run cannot start; the signal's reason when it is aborted before the copy
 */
export async function runBackfill(options: BackfillOptions, context: BackfillContext = {}): Promise<BackfillReport> {
  const limits = limitsOf(options)
  const logger = context.logger ?? silentLogger
  const nowMs = context.nowMs ?? Date.now
  const signal = context.signal ?? new AbortController().signal
  signal.throwIfAborted()
  const plans = await loadPlans(options)
  const gate = await openGate(options, logger, signal)
  const path = options.checkpointFile ?? null
  const saved = path === null ? null : await Checkpoint.read(path)
  const run = describeRun(options, { plans, gate, saved, nowMs: nowMs() })
  if (path !== null && saved) {
    checkSameRun(path, saved.run, run, { routingChange: options.accept?.includes('routing-change') ?? false })
  }
  await using checkpoint = path === null ? null : await Checkpoint.open(path, run)
  logger.info('backfill.started', {
    origin: run.origin,
    target: run.target,
    keyspace: run.keyspace,
    tables: Object.keys(run.tables),
    fenceMicros: run.fenceMicros,
    isResumed: saved !== null,
  })
  const startedAtMs = performance.now()
  const copier = new Copier(options, { limits, run, checkpoint, signal, nowMs, logger, context })
  const tables: TableReport[] = []
  for (const plan of plans) tables.push(await copier.copyTable(plan, saved?.finished.get(plan.table.name) ?? null))
  const seconds = (performance.now() - startedAtMs) / 1000
  const report = sumUp({ run, tables, failures: copier.failures, seconds, isAborted: signal.aborted })
  report.gate = await closeGate(options, gate)
  logger.info('backfill.finished', {
    outcome: report.outcome,
    rowsRead: report.rowsRead,
    rowsWritten: report.rowsWritten,
    rowsFailed: report.rowsFailed,
    seconds,
  })
  return report
}

async function openGate(options: BackfillOptions, logger: Logger, signal: AbortSignal): Promise<GateState | null> {
  if (options.gate === 'offline') return null
  return passGate(options.gate, {
    signal,
    onWait: ({ writes, settled, generation }) => logger.info('backfill.gate_waiting', { writes, settled, generation }),
  })
}

/** Asks once more: writes that went to one cluster only while rows were read would be missing on the target. */
async function closeGate(options: BackfillOptions, gate: GateState | null): Promise<BackfillReport['gate']> {
  if (options.gate === 'offline' || !gate) return { mode: 'offline' }
  const atEnd = await askRouting(options.gate).then(
    ({ writes, dualSinceMicros }) =>
      writes === 'dual' && dualSinceMicros === gate.dualSinceMicros ? 'dual' : 'not_dual',
    () => 'unknown' as const,
  )
  return { mode: 'proxy', generation: gate.generation, dualSinceMicros: String(gate.dualSinceMicros), atEnd }
}

function describeRun(
  options: BackfillOptions,
  found: { plans: readonly TablePlan[]; gate: GateState | null; saved: CheckpointState | null; nowMs: number },
): CheckpointRun {
  const { plans, gate, saved, nowMs } = found
  return {
    origin: options.origin.name,
    target: options.target.name,
    keyspace: options.keyspace,
    tables: Object.fromEntries(plans.map(({ table, schemaHash }) => [table.name, schemaHash])),
    fenceMicros: chooseFence(options, { gate, saved: saved?.run.fenceMicros ?? null, nowMs }),
    markers: options.markers ?? 'insert',
    dualSinceMicros: gate?.dualSinceMicros ?? null,
  }
}

function sumUp(parts: {
  run: CheckpointRun
  tables: TableReport[]
  failures: RangeFailure[]
  seconds: number
  isAborted: boolean
}): BackfillReport {
  const { run, tables, failures, seconds } = parts
  const sum = (count: (table: TableReport) => number) => tables.reduce((total, table) => total + count(table), 0)
  const isDone = tables.every(({ rangesDone, rangesTotal }) => rangesDone === rangesTotal)
  const rowsRead = sum((table) => table.rowsRead)
  return {
    outcome: isDone ? 'complete' : parts.isAborted ? 'interrupted' : 'failed',
    origin: run.origin,
    target: run.target,
    keyspace: run.keyspace,
    fenceMicros: String(run.fenceMicros),
    markers: run.markers,
    gate: { mode: 'offline' },
    tables,
    failures,
    rowsRead,
    rowsWritten: sum((table) => table.rowsWritten),
    rowsFailed: sum((table) => table.rowsFailed),
    bytes: sum((table) => table.bytes),
    seconds,
    rowsPerSecond: seconds > 0 ? (rowsRead - sum((table) => table.rowsResumed)) / seconds : 0,
  }
}

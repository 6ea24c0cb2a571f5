import {
  DEFAULT_CONSISTENCY,
  DEFAULT_RETRY,
  type RetryOptions,
  splitRing,
  subtractRanges,
  type TokenRange,
} from '@zdmkit/cluster'
import { errorCode, type Logger, ProgressEmitter, silentLogger } from '@zdmkit/runtime'
import { Checkpoint, type CheckpointRun, type CheckpointState, checkSameRun, type Finished } from './checkpoint.ts'
import { copyRange } from './copy-range.ts'
import { chooseFence } from './fence-choice.ts'
import { askRouting, type GateState, passGate } from './gate.ts'
import { InFlight } from './in-flight.ts'
import { loadPlans } from './load-plans.ts'
import { type BackfillContext, type BackfillOptions, type Limits, limitsOf } from './options.ts'
import { planGuesses, type TablePlan } from './plan.ts'
import { RateLimit } from './rate-limit.ts'
import type { BackfillReport, RangeFailure, TableReport } from './report.ts'
import { addTally, emptyTally } from './tally.ts'
import { Writer } from './writer.ts'

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

interface CopierParts {
  readonly limits: Limits
  readonly run: CheckpointRun
  readonly checkpoint: Checkpoint | null
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly logger: Logger
  readonly context: BackfillContext
}

/** Copies table after table, with one set of bounds for all. */
class Copier {
  readonly failures: RangeFailure[] = []
  readonly #options: BackfillOptions
  readonly #parts: CopierParts
  readonly #inFlight: InFlight
  readonly #rateLimit: RateLimit
  readonly #retry: RetryOptions
  readonly #progress: ProgressEmitter
  /** What no further range would survive, such as a checkpoint that cannot be written. */
  #fatal: { error: unknown } | null = null

  constructor(options: BackfillOptions, parts: CopierParts) {
    const { limits, signal, logger, context } = parts
    this.#options = options
    this.#parts = parts
    this.#inFlight = new InFlight({ rowsMax: limits.inFlightRowsMax, bytesMax: limits.inFlightBytesMax })
    this.#rateLimit = new RateLimit(options.rateLimitRows ?? null)
    this.#progress = context.progress ?? new ProgressEmitter()
    this.#retry = {
      policy: options.retry ?? DEFAULT_RETRY,
      signal,
      onRetry: (error, attempt, delayMs) => logger.debug('backfill.retry', { error, attempt, delayMs }),
    }
  }

  get #mustStop(): boolean {
    const { signal, limits } = this.#parts
    return signal.aborted || this.#fatal !== null || this.failures.length >= limits.failedRangesMax
  }

  async copyTable(plan: TablePlan, finished: Finished | null): Promise<TableReport> {
    const { limits, nowMs, logger, signal } = this.#parts
    const name = plan.table.name
    const all = splitRing(limits.rangesPerTable)
    const left = subtractRanges(all, finished?.ranges ?? [])
    const tally = emptyTally()
    if (finished) addTally(tally, finished.tally)
    const rowsResumed = tally.rowsRead
    const progress = this.#progress.start({ task: `copy ${name}`, unit: 'rows', done: rowsResumed })
    const startedAtMs = performance.now()
    let rangesDone = 0
    let rowsSettled = rowsResumed
    let ringDone = ringShare(all) - ringShare(left)

    const copyOne = async (writer: Writer, range: TokenRange) => {
      const outcome = await copyRange({
        ...limits,
        origin: this.#options.origin,
        plan,
        range,
        writer,
        inFlight: this.#inFlight,
        rateLimit: this.#rateLimit,
        readConsistency: this.#options.readConsistency ?? DEFAULT_CONSISTENCY,
        retry: this.#retry,
        signal,
        nowMs,
        beforeWrite: this.#parts.context.beforeWrite,
        onRows: (count) => {
          rowsSettled += count
          progress.advance(count)
        },
      })
      if (outcome.isComplete) {
        await this.#parts.checkpoint?.finish(name, range, outcome.tally)
        rangesDone++
        ringDone += ringShare([range])
        progress.setTotal(Math.round(rowsSettled / ringDone))
      } else if (!signal.aborted) this.#fail(name, range, outcome.error)
      addTally(tally, outcome.tally)
    }

    const queue = left[Symbol.iterator]()
    const work = async (writer: Writer) => {
      for (const range of queue) {
        if (this.#mustStop) return
        await copyOne(writer, range)
      }
    }
    try {
      if (!this.#mustStop && left.length > 0) {
        const writer = await this.#prepareWriter(plan)
        const workers = Array.from({ length: limits.concurrency }, () =>
          work(writer).catch((error: unknown) => {
            this.#fatal ??= { error }
          }),
        )
        await Promise.all(workers)
        if (this.#fatal) throw this.#fatal.error
      }
    } catch (error) {
      if (!signal.aborted) {
        progress.fail(error)
        throw error
      }
    }
    const isDone = rangesDone === left.length
    if (isDone) progress.setTotal(tally.rowsRead)
    if (isDone) progress.finish()
    else progress.fail(new Error(`${left.length - rangesDone} of ${all.length} ranges are not done`))
    const report: TableReport = {
      table: name,
      ...tally,
      rangesDone: all.length - (left.length - rangesDone),
      rangesTotal: all.length,
      rowsResumed,
      seconds: (performance.now() - startedAtMs) / 1000,
      guessed: [],
    }
    report.guessed = this.#guesses(plan, report)
    logger.info('backfill.table_finished', {
      table: name,
      rowsRead: tally.rowsRead,
      rowsWritten: tally.rowsWritten,
      isDone,
    })
    return report
  }

  #prepareWriter(plan: TablePlan): Promise<Writer> {
    const { run, nowMs } = this.#parts
    return Writer.prepare(this.#options.target, plan, {
      fenceMicros: run.fenceMicros,
      markers: run.markers,
      consistency: this.#options.writeConsistency ?? DEFAULT_CONSISTENCY,
      retry: this.#retry,
      nowMs,
    })
  }

  #fail(table: string, range: TokenRange, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.failures.push({
      table,
      start: String(range.start),
      end: String(range.end),
      code: errorCode(error) ?? 'UNKNOWN',
      message,
    })
    this.#parts.logger.error('backfill.range_failed', { table, start: range.start, end: range.end, error })
  }

  #guesses(plan: TablePlan, report: TableReport): string[] {
    const guesses: string[] = []
    if (report.markersGuessed > 0) {
      const how =
        this.#parts.run.markers === 'insert'
          ? "one for every row, at its oldest cell's write time and not after the fence"
          : 'none but for rows without cells, at the fence'
      guesses.push(`row markers of ${report.markersGuessed} rows: ${how}, because no CQL can read them`)
    }
    const isReadable = this.#options.origin.supportsCollectionWriteTime
    guesses.push(...planGuesses(plan, isReadable ? 'unused' : 'unreadable'))
    if (report.ttlsInherited > 0) {
      guesses.push(`TTL of collections in ${report.ttlsInherited} rows: that of the row's other cells`)
    }
    if (report.ttlsUnknown > 0) {
      guesses.push(
        `TTL of collections in ${report.ttlsUnknown} rows: none, because their other cells end at several times`,
      )
    }
    return guesses
  }
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
    ({ writes }) => (writes === 'dual' ? 'dual' : 'not_dual'),
    () => 'unknown' as const,
  )
  return { mode: 'proxy', generation: gate.generation, changedAtMicros: String(gate.changedAtMicros), atEnd }
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
    routingSinceMicros: gate?.changedAtMicros ?? null,
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

/** Share of the ring that the ranges hold, 0 to 1; exact enough for an estimate. */
function ringShare(ranges: readonly TokenRange[]): number {
  return Number(ranges.reduce((total, { start, end }) => total + (end - start), 0n)) / 2 ** 64
}

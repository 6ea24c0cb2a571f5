import {
  DEFAULT_CONSISTENCY,
  DEFAULT_RETRY,
  type RetryOptions,
  splitRing,
  subtractRanges,
  type TokenRange,
} from '@zdmkit/cluster'
import { errorCode, type Logger, ProgressEmitter } from '@zdmkit/runtime'
import type { Checkpoint, CheckpointRun, Finished } from './checkpoint.ts'
import { copyRange } from './copy-range.ts'
import { InFlight } from './in-flight.ts'
import type { BackfillContext, BackfillOptions, Limits } from './options.ts'
import { planGuesses, type TablePlan } from './plan.ts'
import { RateLimit } from './rate-limit.ts'
import type { RangeFailure, TableReport } from './report.ts'
import { addTally, emptyTally } from './tally.ts'
import { Writer } from './writer.ts'

export interface CopierParts {
  readonly limits: Limits
  readonly run: CheckpointRun
  readonly checkpoint: Checkpoint | null
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly logger: Logger
  readonly context: BackfillContext
}

/** Copies table after table, with one set of bounds for all. */
export class Copier {
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
    // An earlier run may have cut the ring elsewhere: what counts is its ranges and the pieces that are left of ours.
    const rangesTotal = left.length + (finished?.ranges.length ?? 0)
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
    else progress.fail(new Error(`${left.length - rangesDone} of ${rangesTotal} ranges are not done`))
    const report: TableReport = {
      table: name,
      ...tally,
      rangesDone: rangesTotal - (left.length - rangesDone),
      rangesTotal,
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

/** Share of the ring that the ranges hold, 0 to 1; exact enough for an estimate. */
function ringShare(ranges: readonly TokenRange[]): number {
  return Number(ranges.reduce((total, { start, end }) => total + (end - start), 0n)) / 2 ** 64
}

import { randomInt } from 'node:crypto'
import { setTimeout as pauseMs } from 'node:timers/promises'
import { Cluster, type ClusterAddress } from '@zdmkit/cluster'
import { type Clock, systemClock } from '@zdmkit/runtime'
import { SimulatorError } from './errors.ts'
import { Ledger } from './ledger.ts'
import { FAILED_LISTED_MAX, type FailedOperation, type SimulationReport } from './report.ts'
import { Section } from './sections.ts'
import { type OperationResult, type Session, Worker } from './worker.ts'
import { Planner } from './workload/planner.ts'

export interface SimulationOptions {
  readonly address: ClusterAddress
  /** Default `training`. */
  readonly keyspace?: string
  /** Null: until stopped. */
  readonly durationSeconds: number | null
  /** Pause of a worker between two operations. Default 0. */
  readonly delayMs?: number
  /** Share of reads, 0 to 1. Default 0.75. */
  readonly readRatio?: number
  /** Workers; each has one operation in flight. Default 1. */
  readonly workers?: number
  /** A whole number from 0. The same seed gives the same operations. Default: a random one. */
  readonly seed?: number
  /** `users` (default): the exercise's inserts and updates; `all`: orders, products, activities with TTL and deletes too. */
  readonly tables?: 'users' | 'all'
  /** Users that were there before. They are updated by this simulation alone: two on the same ids judge each other wrongly. */
  readonly existingUserIds?: readonly string[]
  /** Default: one in memory. Null: none. Stays the caller's: it is flushed at the end, not closed. */
  readonly ledger?: Ledger | null
  /** Label of the first section. Default `start`. */
  readonly label?: string
  /** Called for each operation when it is answered. What it throws ends the simulation. */
  readonly onOperation?: (result: OperationResult) => void
  /** Aborting it is `stop()`. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  /** Rejects or resolves early when the signal aborts; both are taken. */
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<unknown>
  readonly connect?: (address: ClusterAddress) => Promise<Session>
}

/** Traffic under way. */
export interface Simulation {
  readonly seed: number
  readonly ledger: Ledger | null
  /**
   * Resolves when the duration is over or `stop` was called, all operations in flight are answered and the ledger is
   * flushed. Failed operations are in the report; it rejects only where the ledger cannot be written or `onOperation` throws.
   */
  readonly finished: Promise<SimulationReport>
  /** Starts no further operation; the same promise as `finished`. */
  stop(): Promise<SimulationReport>
  /** Starts a section, unless it is the one under way: operations issued from now on count for it. */
  mark(label: string): void
  /** Counts and latencies up to now. */
  snapshot(): SimulationReport
}

/**
 * Connects and starts the application's traffic.
 * @throws SIMULATOR_BAD_OPTION, and what connecting throws
 */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  checkOptions(options)
  const connect = options.connect ?? ((address) => Cluster.connect(address, { applicationName: 'zdm-simulate' }))
  return new RunningSimulation(options, await connect(options.address))
}

/** Seeds are 32 bits where none is given, which is enough to tell runs apart and short enough to type. */
const SEEDS = 2 ** 32

class RunningSimulation implements Simulation {
  readonly seed: number
  readonly ledger: Ledger | null
  readonly finished: Promise<SimulationReport>
  readonly #options: SimulationOptions
  readonly #session: Session
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  readonly #startedAt: Date
  readonly #startedMs: number
  readonly #failed: FailedOperation[] = []
  readonly #total: Section
  readonly #sections: [Section, ...Section[]]
  #section: Section
  #endedMs: number | null = null

  constructor(options: SimulationOptions, session: Session) {
    this.seed = options.seed ?? randomInt(SEEDS)
    this.ledger = options.ledger === undefined ? Ledger.inMemory() : options.ledger
    this.#options = options
    this.#session = session
    this.#clock = options.clock ?? systemClock
    this.#startedMs = this.#clock.monotonicMs()
    this.#startedAt = new Date(this.#clock.nowMs())
    this.#total = new Section('total', this.#startedAt)
    this.#section = new Section(options.label ?? 'start', this.#startedAt)
    this.#sections = [this.#section]
    this.finished = this.#run()
    // Whoever asks gets the error; nobody asking is no reason to end the process.
    this.finished.catch(() => {})
  }

  stop(): Promise<SimulationReport> {
    this.#stopping.abort()
    return this.finished
  }

  mark(label: string): void {
    if (label === this.#section.label) return
    this.#section = new Section(label, new Date(this.#clock.nowMs()))
    this.#sections.push(this.#section)
  }

  snapshot(): SimulationReport {
    const { label: _, ...total } = this.#total.report()
    return {
      ...total,
      seed: this.seed,
      elapsedSeconds: ((this.#endedMs ?? this.#clock.monotonicMs()) - this.#startedMs) / 1_000,
      failed: [...this.#failed],
      sections: this.#sections.map((section) => section.report()),
      ledger: this.ledger,
    }
  }

  async #run(): Promise<SimulationReport> {
    const workerCount = this.#options.workers ?? 1
    const { signal } = this.#options
    const stop = (): void => this.#stopping.abort()
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
    const work = Array.from({ length: workerCount }, (_, worker) => this.#work(worker, workerCount))
    try {
      await Promise.all(work)
    } finally {
      stop()
      // After one worker failed the others still have an answer to wait for.
      await Promise.allSettled(work)
      signal?.removeEventListener('abort', stop)
      this.#endedMs = this.#clock.monotonicMs()
      await this.#session.close()
    }
    await this.ledger?.flush()
    return this.snapshot()
  }

  async #work(index: number, workerCount: number): Promise<void> {
    const { durationSeconds, delayMs = 0, keyspace = 'training', readRatio = 0.75 } = this.#options
    const endMs = durationSeconds === null ? Number.POSITIVE_INFINITY : this.#startedMs + durationSeconds * 1_000
    const worker = new Worker({
      session: this.#session,
      keyspace,
      planner: new Planner({
        seed: this.seed,
        worker: index,
        workerCount,
        readRatio,
        tables: this.#options.tables ?? 'users',
        existingUserIds: this.#options.existingUserIds ?? [],
      }),
      clock: this.#clock,
      sectionLabel: () => this.#section.label,
      onWrite: (entry) => this.ledger?.record(entry),
    })
    const { signal } = this.#stopping
    while (!signal.aborted && this.#clock.monotonicMs() < endMs) {
      const section = this.#section
      this.#count(await worker.runNext(), section)
      if (delayMs > 0) await this.#sleep(delayMs)
    }
  }

  #count(result: OperationResult, section: Section): void {
    section.count(result)
    this.#total.count(result)
    if (!result.isOk && this.#failed.length < FAILED_LISTED_MAX) {
      const { number, action, line } = result
      this.#failed.push({ number, section: section.label, action, text: line })
    }
    this.#options.onOperation?.(result)
  }

  async #sleep(delayMs: number): Promise<void> {
    const { signal } = this.#stopping
    const sleep = this.#options.sleep ?? ((ms, aborting) => pauseMs(ms, undefined, { signal: aborting }))
    try {
      if (!signal.aborted) await sleep(delayMs, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

function checkOptions(options: SimulationOptions): void {
  const { durationSeconds, delayMs = 0, readRatio = 0.75, workers = 1, seed = 0 } = options
  const problem =
    durationSeconds !== null && !(durationSeconds >= 0)
      ? `durationSeconds ${durationSeconds} is not a number from 0, nor null`
      : !(delayMs >= 0)
        ? `delayMs ${delayMs} is not a number from 0`
        : !(readRatio >= 0 && readRatio <= 1)
          ? `readRatio ${readRatio} is not between 0 and 1`
          : !(Number.isInteger(workers) && workers >= 1)
            ? `workers ${workers} is not a whole number from 1`
            : Number.isSafeInteger(seed) && seed >= 0
              ? null
              : `seed ${seed} is not a whole number from 0`
  if (problem) throw new SimulatorError('SIMULATOR_BAD_OPTION', `the simulation cannot start: ${problem}`)
}

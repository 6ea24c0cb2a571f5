import { type Clock, systemClock } from '../clock.ts'
import { errorFields } from '../error-fields.ts'
import type { ProgressEvent, ProgressListener, ProgressSnapshot } from './event.ts'
import { Rate } from './rate.ts'

/** Below this share the rate says too little about the rest. */
const ETA_SHARE_MIN = 0.01

export interface ProgressTaskOptions {
  readonly task: string
  /** Plural noun. */
  readonly unit: string
  /** Default: not known. */
  readonly total?: number | null
  /** What an earlier run had done already; does not count for the rate. */
  readonly done?: number
}

export interface ProgressEmitterOptions {
  readonly clock?: Clock
  /** Least time between two `advanced` events of one task. Default 1000. */
  readonly intervalMs?: number
}

/** Where tools report how far they are, and where terminals, logs and dashboards listen. Holds no timer. */
export class ProgressEmitter {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #listeners = new Set<ProgressListener>()
  readonly #running = new Set<ProgressTask>()

  constructor(options: ProgressEmitterOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#intervalMs = options.intervalMs ?? 1000
  }

  /** Adds a listener; the function returned takes it away. */
  subscribe(listener: ProgressListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Starts a task, which runs until it is finished or failed. */
  start(options: ProgressTaskOptions): ProgressTask {
    const task = new ProgressTask(options, this.#clock, this.#intervalMs, (event) => {
      if (event.kind === 'finished' || event.kind === 'failed') this.#running.delete(task)
      this.#publish(event)
    })
    this.#running.add(task)
    this.#publish({ kind: 'started', snapshot: task.snapshot() })
    return task
  }

  /** The tasks that run, in the order they were started. */
  snapshots(): ProgressSnapshot[] {
    return Array.from(this.#running, (task) => task.snapshot())
  }

  #publish(event: ProgressEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** One task under way. Calls after its end change nothing. */
export class ProgressTask {
  readonly #options: ProgressTaskOptions
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #emit: ProgressListener
  readonly #startedAtMs: number
  readonly #rate: Rate
  #done: number
  #total: number | null
  #emittedAtMs: number
  #endedAtMs: number | null = null

  /** Made by `ProgressEmitter.start`. */
  constructor(options: ProgressTaskOptions, clock: Clock, intervalMs: number, emit: ProgressListener) {
    this.#options = options
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#emit = emit
    this.#done = options.done ?? 0
    this.#total = options.total ?? null
    this.#startedAtMs = clock.monotonicMs()
    this.#emittedAtMs = this.#startedAtMs
    this.#rate = new Rate(this.#startedAtMs, this.#done)
  }

  /** Adds to what is done. Call it per page or batch rather than per row: it reads the clock. */
  advance(count = 1): void {
    this.setDone(this.#done + count)
  }

  /** For tasks that measure what is done instead of counting it. */
  setDone(done: number): void {
    if (this.#endedAtMs !== null) return
    this.#done = done
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#emittedAtMs < this.#intervalMs) return
    this.#emittedAtMs = nowMs
    this.#emit({ kind: 'advanced', snapshot: this.snapshot() })
  }

  /** For totals that become known, or better known, on the way. */
  setTotal(total: number | null): void {
    if (this.#endedAtMs === null) this.#total = total
  }

  finish(): void {
    if (this.#end()) this.#emit({ kind: 'finished', snapshot: this.snapshot() })
  }

  fail(error: unknown): void {
    if (this.#end()) this.#emit({ kind: 'failed', snapshot: this.snapshot(), error: errorFields(error) })
  }

  snapshot(): ProgressSnapshot {
    const nowMs = this.#endedAtMs ?? this.#clock.monotonicMs()
    const elapsedSeconds = (nowMs - this.#startedAtMs) / 1000
    const ratePerSecond =
      this.#endedAtMs === null ? this.#rate.perSecond(nowMs, this.#done) : this.#average(elapsedSeconds)
    return {
      task: this.#options.task,
      done: this.#done,
      total: this.#total,
      unit: this.#options.unit,
      ratePerSecond,
      etaSeconds: this.#eta(ratePerSecond),
      elapsedSeconds,
    }
  }

  #end(): boolean {
    if (this.#endedAtMs !== null) return false
    this.#endedAtMs = this.#clock.monotonicMs()
    return true
  }

  #average(elapsedSeconds: number): number {
    return elapsedSeconds > 0 ? (this.#done - (this.#options.done ?? 0)) / elapsedSeconds : 0
  }

  #eta(ratePerSecond: number): number | null {
    const total = this.#total
    if (total === null || this.#endedAtMs !== null || ratePerSecond <= 0) return null
    if (this.#done < total * ETA_SHARE_MIN) return null
    return Math.max(0, total - this.#done) / ratePerSecond
  }
}

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Counts and latencies of a part of a run. */
export interface SectionReport {
  readonly label: string
  readonly startedAt: Date
  /** Operations issued in the section and answered by now, failed ones included. */
  readonly operations: number
  readonly reads: number
  readonly writes: number
  readonly failures: number
  readonly readFailures: number
  readonly writeFailures: number
  /** 0 while nothing was answered. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Counts answered operations; latencies to three figures, from 1 µs to 10 minutes. */
export class Section {
  readonly label: string
  readonly #startedAt: Date
  readonly #latencyMicros: RecordableHistogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 })
  readonly #counts = { reads: 0, writes: 0, readFailures: 0, writeFailures: 0 }

  constructor(label: string, startedAt: Date) {
    this.label = label
    this.#startedAt = startedAt
  }

  count(operation: { readonly action: 'read' | 'write'; readonly isOk: boolean; readonly latencyMs: number }): void {
    const isRead = operation.action === 'read'
    this.#counts[isRead ? 'reads' : 'writes']++
    if (!operation.isOk) this.#counts[isRead ? 'readFailures' : 'writeFailures']++
    this.#latencyMicros.record(Math.min(Math.max(1, Math.round(operation.latencyMs * 1_000)), 600_000_000))
  }

  report(): SectionReport {
    const { reads, writes, readFailures, writeFailures } = this.#counts
    const latency = this.#latencyMicros
    const isEmpty = latency.count === 0
    return {
      label: this.label,
      startedAt: this.#startedAt,
      operations: reads + writes,
      reads,
      writes,
      failures: readFailures + writeFailures,
      readFailures,
      writeFailures,
      p50Ms: isEmpty ? 0 : latency.percentile(50) / 1_000,
      p99Ms: isEmpty ? 0 : latency.percentile(99) / 1_000,
      maxMs: isEmpty ? 0 : latency.max / 1_000,
    }
  }
}

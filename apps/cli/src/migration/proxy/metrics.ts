import { CliError } from '../../errors.ts'

/** Values of all series at one moment, by name and labels as they stand in the text. */
export type MetricsSnapshot = ReadonlyMap<string, number>

/** What became of requests between two moments, by the proxy's own counters. */
export interface RequestCounts {
  /** Reads and writes of clients, answered. */
  readonly readsOrigin: number
  readonly readsTarget: number
  readonly writes: number
  /** Requests answered by each cluster; a dual write is one on both. */
  readonly originReads: number
  readonly originWrites: number
  readonly targetReads: number
  readonly targetWrites: number
  /** Reads sent to the other cluster as well, for comparison. */
  readonly comparedReads: number
  /** Of these, still different when both clusters were read again. */
  readonly readMismatches: number
  /** Answered with an error. */
  readonly failedReads: number
  readonly failedWrites: number
}

const REQUEST_TIMEOUT_MS = 5_000

/** @throws MIGRATION_METRICS_UNREADABLE */
export async function readMetrics(url: string, signal: AbortSignal): Promise<MetricsSnapshot> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return parseMetrics(await response.text())
  } catch (cause) {
    signal.throwIfAborted()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('MIGRATION_METRICS_UNREADABLE', `the metrics at ${url} cannot be read: ${reason}`, { cause })
  }
}

/** Prometheus' text format, as far as counters, gauges and the counts of histograms go. */
export function parseMetrics(text: string): MetricsSnapshot {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/.exec(line)
    if (found?.[1] !== undefined) values.set(found[1], Number(found[2]))
  }
  return values
}

/** Sum of the series of that name that have all of the labels. */
export function sumOf(snapshot: MetricsSnapshot, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  let sum = 0
  for (const [series, value] of snapshot) {
    if (series !== name && !series.startsWith(`${name}{`)) continue
    if (wanted.every((label) => series.includes(label))) sum += value
  }
  return sum
}

/** What happened between two snapshots. */
export function countRequests(before: MetricsSnapshot, after: MetricsSnapshot): RequestCounts {
  const delta = (name: string, labels?: Readonly<Record<string, string>>): number =>
    sumOf(after, name, labels) - sumOf(before, name, labels)
  const client = 'zdm_proxy_request_duration_seconds_count'
  const origin = 'zdm_origin_request_duration_seconds_count'
  const target = 'zdm_target_request_duration_seconds_count'
  return {
    readsOrigin: delta(client, { type: 'reads_origin' }),
    readsTarget: delta(client, { type: 'reads_target' }),
    writes: delta(client, { type: 'writes' }),
    originReads: delta(origin, { type: 'reads' }),
    originWrites: delta(origin, { type: 'writes' }),
    targetReads: delta(target, { type: 'reads' }),
    targetWrites: delta(target, { type: 'writes' }),
    comparedReads: delta('zdm_proxy_read_comparisons_total'),
    readMismatches: delta('zdm_proxy_read_mismatches_total'),
    failedReads: delta('zdm_proxy_failed_reads_total'),
    failedWrites: delta('zdm_proxy_failed_writes_total'),
  }
}

import type { Cluster, ConsistencyName, RetryPolicy } from '@zdmkit/cluster'
import type { Logger, ProgressEmitter } from '@zdmkit/runtime'
import type { MarkerPolicy } from './compose.ts'
import { BackfillError } from './errors.ts'
import type { ProxyGate } from './gate.ts'

/** Risks that are refused unless their name is given. */
export const ACCEPTANCES = ['low-gc-grace', 'routing-change', 'fence-at-start'] as const
export type Acceptance = (typeof ACCEPTANCES)[number]

export interface BackfillOptions {
  readonly origin: Cluster
  readonly target: Cluster
  readonly keyspace: string
  /** Default: every table of the keyspace. */
  readonly tables?: readonly string[]
  /** How many token ranges each table is cut into. Default 256. */
  readonly rangesPerTable?: number
  /** Ranges read at once. Default 4. */
  readonly concurrency?: number
  /** Most rows per page; pages of large rows have fewer, about 1 MiB. Default 1000. */
  readonly fetchSize?: number
  /** Most statements in one batch. Default 100. */
  readonly batchStatementsMax?: number
  /** Most bytes of keys and cells in one batch. Default 64 KiB. */
  readonly batchBytesMax?: number
  /** Most rows being written, all ranges together; each range holds one page more that it has read. Default 1000. */
  readonly inFlightRowsMax?: number
  /** The same in bytes. Default 16 MiB. */
  readonly inFlightBytesMax?: number
  /** Rows per second, all tables and ranges together. Default: no limit. */
  readonly rateLimitRows?: number | null
  /** Default LOCAL_QUORUM. */
  readonly readConsistency?: ConsistencyName
  /** Default LOCAL_QUORUM. */
  readonly writeConsistency?: ConsistencyName
  /** Default: none, so that an interrupted copy begins again. */
  readonly checkpointFile?: string | null
  /**
   * The time for what has no readable write time: before dual writes were switched on. Microseconds since 1970. Default:
   * that of the checkpoint, else 1 ms before the proxy's routing was changed.
   */
  readonly fenceMicros?: bigint | null
  /** `offline`: no traffic reaches the clusters while they are copied. */
  readonly gate: ProxyGate | 'offline'
  /** Default `insert`. */
  readonly markers?: MarkerPolicy
  readonly accept?: readonly Acceptance[]
  /** The run ends early when this many ranges have failed. Default 10. */
  readonly failedRangesMax?: number
  /** For pages and batches that fail for a reason that may pass. */
  readonly retry?: RetryPolicy
}

/** What a run is given beside its options; all of it optional. */
export interface BackfillContext {
  /** Ends the run: what is in flight is awaited, and the report says how far it came. */
  readonly signal?: AbortSignal
  readonly progress?: ProgressEmitter
  readonly logger?: Logger
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number
  /** Called between the read of rows and each request that writes them, and awaited. For tests of what happens in between. */
  readonly beforeWrite?: (table: string, rowCount: number) => Promise<void>
}

/** Options with every default filled in. */
export interface Limits {
  readonly rangesPerTable: number
  readonly concurrency: number
  readonly fetchSize: number
  readonly batchStatementsMax: number
  readonly batchBytesMax: number
  readonly inFlightRowsMax: number
  readonly inFlightBytesMax: number
  readonly failedRangesMax: number
}

export const DEFAULT_LIMITS: Limits = {
  rangesPerTable: 256,
  concurrency: 4,
  fetchSize: 1000,
  batchStatementsMax: 100,
  batchBytesMax: 64 * 1024,
  inFlightRowsMax: 1000,
  inFlightBytesMax: 16 * 1024 * 1024,
  failedRangesMax: 10,
}

/** @throws BACKFILL_BAD_OPTION when a number is not a whole one from 1 */
export function limitsOf(options: BackfillOptions): Limits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]
  const limits = Object.fromEntries(
    names.map((name) => [name, options[name] ?? DEFAULT_LIMITS[name]]),
  ) as unknown as Limits
  for (const name of names) {
    if (!Number.isSafeInteger(limits[name]) || limits[name] < 1) {
      throw new BackfillError('BACKFILL_BAD_OPTION', `${name} is ${limits[name]}; it must be a whole number from 1`)
    }
  }
  const rate = options.rateLimitRows
  if (rate != null && !(rate > 0)) {
    throw new BackfillError('BACKFILL_BAD_OPTION', `rateLimitRows is ${rate}; it must be above 0, or null for no limit`)
  }
  return limits
}

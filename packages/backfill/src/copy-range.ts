import {
  type Cluster,
  type ConsistencyName,
  type RetryOptions,
  type ScannedRow,
  scanTable,
  type TokenRange,
} from '@zdmkit/cluster'
import { chunkRows } from './chunk.ts'
import { type GroupedRow, groupRow } from './compose.ts'
import type { InFlight } from './in-flight.ts'
import type { TablePlan } from './plan.ts'
import type { RateLimit } from './rate-limit.ts'
import { addTally, emptyTally, type Tally } from './tally.ts'
import type { Writer } from './writer.ts'

/** About what a page may hold, whatever the size of its rows: a page is in memory before its rows are counted in flight. */
const PAGE_BYTES = 1024 * 1024

export interface RangeCopy {
  readonly origin: Cluster
  readonly plan: TablePlan
  readonly range: TokenRange
  readonly writer: Writer
  readonly inFlight: InFlight
  readonly rateLimit: RateLimit
  readonly fetchSize: number
  readonly batchStatementsMax: number
  readonly batchBytesMax: number
  readonly readConsistency: ConsistencyName
  readonly retry: RetryOptions
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly beforeWrite: ((table: string, rowCount: number) => Promise<void>) | undefined
  /** Called as rows are settled, whatever became of them. */
  readonly onRows: (count: number) => void
}

export interface RangeOutcome {
  readonly tally: Tally
  /** The range is done only where this is null and the run was not aborted. */
  readonly error: unknown
  readonly isComplete: boolean
}

/**
 * Copies one token range. Pages are read one after the other while earlier rows are being written; the first write that
 * fails for good ends the reading. Every row read ends in exactly one count of the tally.
 */
export async function copyRange(copy: RangeCopy): Promise<RangeOutcome> {
  const tally = emptyTally()
  const pending = new Set<Promise<void>>()
  let failure: { error: unknown } | null = null
  let isComplete = false

  const settle = (rows: readonly GroupedRow[], written: Tally | null) => {
    if (written) addTally(tally, written)
    else countUnwritten(tally, rows, copy.signal.aborted ? 'interrupted' : 'failed')
    copy.onRows(rows.filter(({ row }) => row.kind === 'row').length)
  }
  const write = async (rows: readonly GroupedRow[], bytes: number) => {
    try {
      await copy.beforeWrite?.(copy.plan.table.name, rows.length)
      settle(rows, await copy.writer.write(rows))
    } catch (error) {
      failure ??= { error }
      settle(rows, null)
    } finally {
      copy.inFlight.leave(rows.length, bytes)
    }
  }
  const admit = async (rows: readonly GroupedRow[], bytes: number): Promise<boolean> => {
    if (failure || copy.signal.aborted) return false
    try {
      await copy.rateLimit.take(rows.length, copy.signal)
    } catch {
      // Aborted while it waited.
      return false
    }
    await copy.inFlight.enter(rows.length, bytes)
    if (!failure && !copy.signal.aborted) return true
    copy.inFlight.leave(rows.length, bytes)
    return false
  }

  try {
    for await (const page of scan(copy)) {
      countRead(tally, page)
      const grouped = page.map((row) => groupRow(row, copy.plan))
      for (const rows of chunkRows(grouped, { statementsMax: copy.batchStatementsMax, bytesMax: copy.batchBytesMax })) {
        const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
        tally.bytes += bytes
        if (!(await admit(rows, bytes))) {
          settle(rows, null)
          continue
        }
        const writing = write(rows, bytes).finally(() => pending.delete(writing))
        pending.add(writing)
      }
      if (failure || copy.signal.aborted) break
    }
    isComplete = !failure && !copy.signal.aborted
  } catch (error) {
    failure ??= { error }
  }
  await Promise.all(pending)
  // Assigned in closures, which the type checker does not follow.
  const ended = failure as { error: unknown } | null
  return { tally, error: ended?.error ?? null, isComplete: isComplete && ended === null }
}

function scan(copy: RangeCopy): AsyncGenerator<ScannedRow[]> {
  return scanTable(copy.origin, copy.plan.table, {
    ranges: [copy.range],
    writeTimes: true,
    pageSize: copy.fetchSize,
    pageBytes: PAGE_BYTES,
    consistency: copy.readConsistency,
    signal: copy.signal,
    retry: copy.retry,
    now: copy.nowMs,
  })
}

function countRead(tally: Tally, page: readonly ScannedRow[]): void {
  for (const { kind } of page) {
    if (kind === 'row') tally.rowsRead++
    else tally.staticsRead++
  }
}

function countUnwritten(tally: Tally, rows: readonly GroupedRow[], why: 'interrupted' | 'failed'): void {
  for (const { row } of rows) {
    if (row.kind === 'row') {
      if (why === 'failed') tally.rowsFailed++
      else tally.rowsSkipped.interrupted++
    } else if (why === 'failed') tally.staticsFailed++
    else tally.staticsSkipped.interrupted++
  }
}

import { formatKey, type ScannedRow, type Table, type TokenRange } from '@zdmkit/cluster'
import { joinRange } from './join/join-range.ts'
import { type Finding, recheck } from './recheck/recheck.ts'
import type { RowReader } from './recheck/row-reader.ts'
import type { ListedDifference, TableReport } from './report.ts'
import type { Suspect } from './suspect.ts'

/** One side of a table: its scan and its point reads. */
export interface TableSide {
  scan(range: TokenRange, signal: AbortSignal): AsyncIterable<ScannedRow[]>
  readonly reader: RowReader
}

export interface TableValidationOptions {
  readonly table: Table
  readonly origin: TableSide
  readonly target: TableSide
  readonly ranges: readonly TokenRange[]
  /** Ranges scanned at a time. */
  readonly concurrency: number
  readonly recheckDelayMs: number
  readonly recheckTries: number
  readonly maxListed: number
  /** Suspects that wait before they are read again; the scans wait meanwhile. Default 10,000. */
  readonly suspectsMax?: number
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<unknown>
  readonly onRangeDone: () => void
}

const SUSPECTS_MAX = 10_000
/** Point reads at a time; each is two, one per side. */
const RECHECK_CONCURRENCY = 32

/** Compares one table: scans both sides range by range, then reads what differed again. */
export function validateTable(options: TableValidationOptions): Promise<TableReport> {
  return new TableValidation(options).run()
}

class TableValidation {
  readonly #options: TableValidationOptions
  readonly #scanStartMicros: bigint
  readonly #counts = { originRows: 0, targetRows: 0, equal: 0, missing: 0, extra: 0, different: 0, moving: 0 }
  readonly #listed: ListedDifference[] = []
  /** Ends the other scans when one fails. */
  readonly #failing = new AbortController()
  readonly #signal: AbortSignal
  #suspects: Suspect[] = []
  #rechecked = 0
  #resolved = 0

  constructor(options: TableValidationOptions) {
    this.#options = options
    this.#scanStartMicros = BigInt(options.nowMs()) * 1_000n
    this.#signal = AbortSignal.any([options.signal, this.#failing.signal])
  }

  async run(): Promise<TableReport> {
    const { ranges, concurrency, table } = this.#options
    const left = ranges.values()
    const worker = async (): Promise<void> => {
      for (const range of left) await this.#joinRange(range)
    }
    const workers = Array.from({ length: Math.min(concurrency, ranges.length) }, () =>
      worker().catch((error: unknown) => {
        this.#failing.abort(error)
        throw error
      }),
    )
    try {
      await Promise.all(workers)
      await this.#recheckSuspects()
    } catch (error) {
      // What an aborted request throws says only that it was aborted; the caller's signal says why.
      this.#options.signal.throwIfAborted()
      throw error
    } finally {
      await Promise.allSettled(workers)
    }
    return {
      table: table.name,
      ...this.#counts,
      rechecked: this.#rechecked,
      resolved: this.#resolved,
      listed: this.#listed,
    }
  }

  async #joinRange(range: TokenRange): Promise<void> {
    const { origin, target, suspectsMax = SUSPECTS_MAX, onRangeDone } = this.#options
    this.#signal.throwIfAborted()
    const { originRows, targetRows, equal } = await joinRange(
      origin.scan(range, this.#signal),
      target.scan(range, this.#signal),
      {
        onSuspect: (suspect) => {
          this.#suspects.push(suspect)
          return this.#suspects.length >= suspectsMax ? this.#recheckSuspects() : null
        },
      },
    )
    this.#counts.originRows += originRows
    this.#counts.targetRows += targetRows
    this.#counts.equal += equal
    onRangeDone()
  }

  async #recheckSuspects(): Promise<void> {
    const suspects = this.#suspects
    this.#suspects = []
    const { origin, target, recheckDelayMs, recheckTries, sleep } = this.#options
    this.#rechecked += suspects.length
    const { findings, resolved, resolvedPresent } = await recheck(suspects, {
      origin: origin.reader,
      target: target.reader,
      delayMs: recheckDelayMs,
      tries: recheckTries,
      scanStartMicros: this.#scanStartMicros,
      concurrency: RECHECK_CONCURRENCY,
      sleep: (delayMs) => sleep(delayMs, this.#signal),
    })
    this.#resolved += resolved
    this.#counts.equal += resolvedPresent
    for (const finding of findings) this.#count(finding)
  }

  #count(finding: Finding): void {
    const { table, maxListed } = this.#options
    const { suspect, difference } = finding
    const kind = finding.kind === 'moving' ? 'moving' : difference.kind
    this.#counts[kind]++
    if (this.#listed.length >= maxListed) return
    const columns = suspect.row.kind === 'static' ? table.statics : table.regulars
    this.#listed.push({
      kind,
      difference: difference.kind,
      unit: suspect.row.kind,
      key: formatKey(table, suspect.row, { values: 'shown' }),
      columns: difference.cells.flatMap((position) => columns[position]?.name ?? []),
    })
  }
}

import {
  type Cluster,
  type ConsistencyName,
  type RawSession,
  type RawStatement,
  type RetryOptions,
  retrying,
} from '@zdmkit/cluster'
import { type ComposedRow, composeRow, type GroupedRow, type MarkerPolicy } from './compose.ts'
import type { TablePlan, WriteKind } from './plan.ts'
import { emptyTally, type Tally } from './tally.ts'

export interface WriterOptions {
  readonly fenceMicros: bigint
  readonly markers: MarkerPolicy
  readonly consistency: ConsistencyName
  readonly retry: RetryOptions
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
}

/** Writes the rows of one table to the target. */
export class Writer {
  readonly #session: RawSession
  readonly #plan: TablePlan
  readonly #statements: ReadonlyMap<WriteKind, RawStatement>
  readonly #options: WriterOptions

  private constructor(
    session: RawSession,
    plan: TablePlan,
    statements: ReadonlyMap<WriteKind, RawStatement>,
    options: WriterOptions,
  ) {
    this.#session = session
    this.#plan = plan
    this.#statements = statements
    this.#options = options
  }

  static async prepare(target: Cluster, plan: TablePlan, options: WriterOptions): Promise<Writer> {
    const session = await target.raw()
    const statements = new Map<WriteKind, RawStatement>()
    for (const [kind, cql] of plan.statements) {
      statements.set(kind, await retrying(() => session.prepare(cql), options.retry))
    }
    return new Writer(session, plan, statements, options)
  }

  /**
   * Writes rows of one partition in one request and gives what became of them. Every attempt is composed anew, because
   * TTLs have run on and a list needs a later time than the attempt that may have been applied.
   */
  async write(rows: readonly GroupedRow[]): Promise<Tally> {
    const composed = await retrying((attempt) => this.#attempt(rows, attempt), this.#options.retry)
    const tally = emptyTally()
    rows.forEach((grouped, i) => {
      const row = composed[i]
      if (row) count(tally, grouped, row)
    })
    return tally
  }

  async #attempt(rows: readonly GroupedRow[], attempt: number): Promise<ComposedRow[]> {
    const { fenceMicros, markers, consistency, nowMs } = this.#options
    const at = { fenceMicros, markers, nowMs: nowMs(), attempt }
    const composed = rows.map((row) => composeRow(row, this.#plan, at))
    const entries = composed.flatMap(({ writes }) =>
      writes.map(({ kind, values }) => ({ statement: this.#statementOf(kind), values })),
    )
    const [first] = entries
    if (first && entries.length === 1) await this.#session.execute(first.statement, first.values, { consistency })
    else if (first) await this.#session.batch(entries, { consistency })
    return composed
  }

  #statementOf(kind: WriteKind): RawStatement {
    const statement = this.#statements.get(kind)
    if (!statement) throw new TypeError(`table ${this.#plan.table.name} has no statement for ${kind}`)
    return statement
  }
}

function count(tally: Tally, { row }: GroupedRow, composed: ComposedRow): void {
  const isWritten = composed.writes.length > 0
  if (row.kind === 'row') {
    if (isWritten) tally.rowsWritten++
    else tally.rowsSkipped.expired++
  } else if (isWritten) tally.staticsWritten++
  else tally.staticsSkipped.expired++
  if (!isWritten) return
  tally.cellsExpired += composed.expiredCellCount
  if (composed.marker === 'guessed') tally.markersGuessed++
  if (composed.collectionTtl === 'inherited') tally.ttlsInherited++
  if (composed.collectionTtl === 'unknown') tally.ttlsUnknown++
}

import type { Row } from '@zdmkit/cluster'
import { type Clock, errorCode } from '@zdmkit/runtime'
import { Expectation } from './expectation.ts'
import { type LedgerEntry, rowText } from './ledger-entry.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { verdictText } from './verdict-text.ts'
import type { Operation, Read, Write } from './workload/operation.ts'
import type { Planner } from './workload/planner.ts'
import { readStatement, type Statement, writeStatement } from './workload/statement.ts'
import { valueOfCell } from './workload/value.ts'

/** What the simulator needs of a cluster. */
export interface Session {
  execute(cql: string, params?: readonly unknown[], options?: { readonly prepare?: boolean }): Promise<Row[]>
  close(): Promise<void>
}

/** How one operation went. */
export interface OperationResult {
  readonly number: number
  /** Label of the section in which it was issued. */
  readonly section: string
  readonly action: 'read' | 'write'
  readonly kind: (Read | Write)['kind']
  readonly isOk: boolean
  /** From sending to the answer. */
  readonly latencyMs: number
  /** As the exercise prints it: `[2] Write (INSERT): Created user app_user_2_1234`. */
  readonly line: string
}

export interface WorkerOptions {
  readonly session: Session
  readonly keyspace: string
  readonly planner: Planner
  readonly clock: Clock
  readonly sectionLabel: () => string
  /** Called once per write, when its outcome is known. */
  readonly onWrite: (entry: LedgerEntry) => void
}

/** Rows whose history is kept for checking reads: more than the planner ever reads by key. */
const EXPECTED_ROWS_MAX = 2_000

/** Runs one worker's operations, one at a time, and checks what it reads of its own rows. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #expectations = new Map<string, Expectation>()

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** Runs the next operation. Its failure is part of the result; only what `onWrite` throws is thrown. */
  runNext(): Promise<OperationResult> {
    const operation = this.#options.planner.next()
    return operation.action === 'read' ? this.#read(operation) : this.#write(operation)
  }

  async #read(operation: Operation & Read): Promise<OperationResult> {
    const { keyspace, clock, sectionLabel } = this.#options
    const section = sectionLabel()
    const issuedMs = clock.monotonicMs()
    let said: string
    let isOk = true
    try {
      const rows = await this.#execute(readStatement(keyspace, operation))
      const wrong = operation.kind === 'KEY' ? this.#judge(operation, rows) : null
      isOk = wrong === null
      said = wrong ?? `Read (${operation.kind}): ${readText(operation, rows)}`
    } catch (error) {
      isOk = false
      said = `Read ERROR: ${messageOf(error)}`
    }
    return this.#result(operation, { section, issuedMs, isOk, said })
  }

  /** The line for a read that contradicts the row's acknowledged writes, or null. */
  #judge(read: Read & { kind: 'KEY' }, rows: readonly Row[]): string | null {
    const { keyspace, clock } = this.#options
    const [row] = rows
    const observed = row
      ? Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, valueOfCell(cell)]))
      : null
    const name = rowText({ keyspace, table: read.table, key: read.key })
    const verdict = this.#expectations.get(name)?.judge(observed, clock.nowMs()) ?? null
    return verdict && `Read ERROR: ${name} is ${verdictText(verdict)}`
  }

  async #write(operation: Operation & Write): Promise<OperationResult> {
    const { keyspace, clock, sectionLabel } = this.#options
    const section = sectionLabel()
    const issuedMs = clock.monotonicMs()
    const issuedAt = new Date(clock.nowMs()).toISOString()
    let outcome: Outcome = 'applied'
    let error: unknown = null
    try {
      await this.#execute(writeStatement(keyspace, operation), operation.form === 'prepared')
    } catch (caught) {
      error = caught
      outcome = outcomeOf(caught)
    }
    const { kind, table, key, values, computed, ttlSeconds } = operation
    const entry: LedgerEntry = {
      ...{ operation: operation.number, section, kind, keyspace, table, key, values, computed, ttlSeconds, outcome },
      error: error === null ? null : (errorCode(error) ?? 'UNEXPECTED'),
      ...{ issuedMs, answeredMs: clock.monotonicMs(), issuedAt, answeredAt: new Date(clock.nowMs()).toISOString() },
    }
    this.#expect(entry)
    this.#options.onWrite(entry)
    const isOk = error === null
    const said = isOk ? `Write (${kind}): ${operation.done}` : `Write ERROR: ${messageOf(error)}`
    return this.#result(operation, { section, issuedMs, isOk, said })
  }

  #execute({ cql, params }: Statement, prepare = params.length > 0): Promise<Row[]> {
    return this.#options.session.execute(cql, params, { prepare })
  }

  #expect(entry: LedgerEntry): void {
    const name = rowText(entry)
    const expectation = this.#expectations.get(name) ?? new Expectation()
    expectation.record(entry)
    // Put last again, so that the first one is the one untouched for longest.
    this.#expectations.delete(name)
    this.#expectations.set(name, expectation)
    if (this.#expectations.size <= EXPECTED_ROWS_MAX) return
    const [oldest] = this.#expectations.keys()
    if (oldest !== undefined) this.#expectations.delete(oldest)
  }

  #result(
    operation: Operation,
    { section, issuedMs, isOk, said }: { section: string; issuedMs: number; isOk: boolean; said: string },
  ): OperationResult {
    return {
      ...{ number: operation.number, section, action: operation.action, kind: operation.kind, isOk },
      latencyMs: this.#options.clock.monotonicMs() - issuedMs,
      line: `[${operation.number}] ${said}`,
    }
  }
}

function readText(read: Read, rows: readonly Row[]): string {
  switch (read.kind) {
    case 'LIMIT':
      return `Retrieved ${rows.length} users`
    case 'FILTER':
      return `Retrieved ${rows.length} active users`
    case 'COUNT': {
      const { count = 0 } = rows[0] ?? {}
      return `Total users = ${String(count)}`
    }
    case 'KEY':
      return `${rows.length > 0 ? 'Found' : 'Found no'} ${read.label}`
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')
}

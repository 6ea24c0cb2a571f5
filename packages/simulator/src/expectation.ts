import type { LedgerEntry } from './ledger-entry.ts'
import { textOf, type Value } from './workload/value.ts'

/**
 * - missing: an acknowledged row is not there
 * - stale: a column shows another value than the last acknowledged one
 * - resurrected: a row, or a value of it, is there that was deleted, or has outlived its TTL
 */
export type VerdictKind = 'missing' | 'stale' | 'resurrected'

export interface Verdict {
  readonly kind: VerdictKind
  /** The acknowledged write that the row contradicts. */
  readonly write: LedgerEntry
  /** Columns that show what they must not; empty where that is the whole row. */
  readonly columns: readonly string[]
  /** The operation whose value is shown instead, where the ledger knows it. */
  readonly shownOperation: number | null
}

/** The columns of a row that was read; null when there is no such row. */
export type ObservedRow = Readonly<Record<string, Value>> | null

/** A row may be gone this much earlier, or there this much later, than its TTL says: clocks differ, servers count in seconds. */
export const TTL_SLACK_MS = 5_000

/** What a column may show. Open: nothing acknowledged says what it holds. */
interface ColumnState {
  isOpen: boolean
  pinnedBy: LedgerEntry | null
  /** Texts of the last acknowledged value and of unknown ones after it. */
  readonly allowed: Set<string>
}

interface Presence {
  mustExist: boolean
  mayExist: boolean
  by: LedgerEntry | null
}

/**
 * What one row must look like after a history of writes, all of one writer that waits for each answer: the last acknowledged
 * value of each column, or a later one whose outcome is unknown. Columns that no acknowledged write has set may show anything.
 */
export class Expectation {
  readonly #columns = new Map<string, ColumnState>()
  readonly #writers = new Map<string, number>()
  #deletedBy: LedgerEntry | null = null
  #presence: Presence = { mustExist: false, mayExist: true, by: null }
  #expiry: { readonly earliestMs: number; readonly latestMs: number } | null = null

  /** The last acknowledged write, null when there is none. */
  get lastApplied(): LedgerEntry | null {
    return this.#presence.by
  }

  /** Takes the row's next write; they come in the order in which they were issued. */
  record(entry: LedgerEntry): void {
    for (const [column, value] of Object.entries(entry.values)) {
      this.#writers.set(`${column} ${textOf(value)}`, entry.operation)
    }
    if (entry.outcome === 'rejected') return
    if (entry.outcome === 'applied') this.#apply(entry)
    else this.#allow(entry)
  }

  /** What is wrong with the row as it was read at `atMs` (wall time), or null. */
  judge(row: ObservedRow, atMs: number): Verdict | null {
    const { mustExist, mayExist, by } = this.#presence
    if (row === null) {
      const isExpired = this.#expiry !== null && atMs >= this.#expiry.earliestMs
      return mustExist && !isExpired && by !== null ? verdict('missing', by) : null
    }
    const hasOutlived = this.#expiry !== null && atMs > this.#expiry.latestMs
    if ((!mayExist || hasOutlived) && by !== null) return verdict('resurrected', by)
    return this.#judgeColumns(row, atMs)
  }

  #judgeColumns(row: NonNullable<ObservedRow>, atMs: number): Verdict | null {
    const isExpired = this.#expiry !== null && atMs >= this.#expiry.earliestMs
    const stale: string[] = []
    let write: LedgerEntry | null = null
    let shownOperation: number | null = null
    for (const [column, value] of Object.entries(row)) {
      const state = this.#columns.get(column) ?? this.#fresh()
      const text = textOf(value)
      if (state.isOpen || state.pinnedBy === null || state.allowed.has(text)) continue
      if (isExpired && value === null) continue
      stale.push(column)
      if (write === null || state.pinnedBy.issuedMs > write.issuedMs) {
        write = state.pinnedBy
        shownOperation = this.#writers.get(`${column} ${text}`) ?? null
      }
    }
    if (write === null) return null
    return { kind: write.kind === 'DELETE' ? 'resurrected' : 'stale', write, columns: stale, shownOperation }
  }

  #apply(entry: LedgerEntry): void {
    if (entry.kind === 'DELETE') {
      this.#columns.clear()
      this.#deletedBy = entry
      this.#presence = { mustExist: false, mayExist: false, by: entry }
      this.#expiry = null
      return
    }
    for (const [column, value] of Object.entries(entry.values)) {
      this.#columns.set(column, { isOpen: false, pinnedBy: entry, allowed: new Set([textOf(value)]) })
    }
    for (const column of entry.computed) {
      this.#columns.set(column, { isOpen: true, pinnedBy: entry, allowed: new Set() })
    }
    // An UPDATE makes no row marker: without a cell of its own the row is there only by what was there before.
    const setsCell = entry.computed.length > 0 || Object.values(entry.values).some((value) => textOf(value) !== 'null')
    const { mustExist } = this.#presence
    this.#presence = { mustExist: entry.kind === 'INSERT' || setsCell || mustExist, mayExist: true, by: entry }
    this.#expiry = expiryOf(entry)
  }

  #allow(entry: LedgerEntry): void {
    if (entry.kind === 'DELETE') {
      this.#presence = { ...this.#presence, mustExist: false }
      for (const state of this.#columns.values()) state.allowed.add('null')
      return
    }
    this.#presence = { ...this.#presence, mayExist: true }
    // Without its TTL the row may now stay, with another one go at another time.
    if (this.#expiry !== null) this.#expiry = { ...this.#expiry, latestMs: Number.POSITIVE_INFINITY }
    for (const [column, value] of Object.entries(entry.values)) this.#state(column).allowed.add(textOf(value))
    for (const column of entry.computed) this.#state(column).isOpen = true
  }

  #state(column: string): ColumnState {
    const known = this.#columns.get(column)
    if (known) return known
    const state = this.#fresh()
    this.#columns.set(column, state)
    return state
  }

  /** A column that no write has set since the last deletion: empty if there was one, else whatever it was before. */
  #fresh(): ColumnState {
    return { isOpen: this.#deletedBy === null, pinnedBy: this.#deletedBy, allowed: new Set(['null']) }
  }
}

function expiryOf({ ttlSeconds, issuedAt, answeredAt }: LedgerEntry): { earliestMs: number; latestMs: number } | null {
  if (ttlSeconds === null) return null
  const ttlMs = ttlSeconds * 1_000
  return {
    earliestMs: Date.parse(issuedAt) + ttlMs - TTL_SLACK_MS,
    latestMs: Date.parse(answeredAt) + ttlMs + TTL_SLACK_MS,
  }
}

function verdict(kind: VerdictKind, write: LedgerEntry): Verdict {
  return { kind, write, columns: [], shownOperation: null }
}

import { createHash } from 'node:crypto'
import { inspect, type Statement } from '@zdmkit/cql'
import { classify } from '../routing/route.ts'
import type { VirtualStatement } from '../virtual/virtual-tables.ts'
import type { PreparedEntry } from './prepared-entry.ts'

/** What a text costs beside its own characters: entry, statement, two ids. */
const ENTRY_OVERHEAD_BYTES = 600

/** The id that clients get for a text: the same in every instance and after every restart. */
export function preparedId(text: string, keyspace: string | null): Buffer {
  return createHash('md5')
    .update(keyspace ?? '')
    .update('\0')
    .update(text)
    .digest()
}

/** Prepared statements of the process, least recently prepared first out when the bounds are reached. */
export class PreparedCache {
  readonly #entriesMax: number
  readonly #bytesMax: number
  readonly #entries = new Map<string, PreparedEntry>()
  #bytes = 0

  constructor(entriesMax: number, bytesMax: number) {
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
  }

  get size(): number {
    return this.#entries.size
  }

  /** HOT PATH: the entry of the id in `buffer[start, end)`. */
  find(buffer: Buffer, start: number, end: number): PreparedEntry | undefined {
    return this.#entries.get(buffer.toString('latin1', start, end))
  }

  /** The entry for this text, made when there is none. */
  obtain(text: string, keyspace: string | null, virtual: VirtualStatement | null): PreparedEntry {
    const id = preparedId(text, keyspace)
    const key = id.toString('latin1')
    const known = this.#entries.get(key)
    if (known) {
      // Moves to the young end.
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const statement: Statement = inspect(text)
    const entry: PreparedEntry = {
      id,
      text,
      keyspace,
      statement,
      statementClass: virtual ? 'virtual' : classify(statement, keyspace),
      keyIndices: null,
      ids: [null, null],
      columns: null,
      hasSeveralColumns: false,
      virtual,
    }
    this.#entries.set(key, entry)
    this.#bytes += entryBytes(entry)
    this.#shrink()
    return entry
  }

  /** Takes an entry out that no cluster could prepare. */
  forget(entry: PreparedEntry): void {
    const key = entry.id.toString('latin1')
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#bytes -= entryBytes(entry)
  }

  #shrink(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#entriesMax && this.#bytes <= this.#bytesMax) return
      this.#entries.delete(key)
      this.#bytes -= entryBytes(entry)
    }
  }
}

function entryBytes(entry: PreparedEntry): number {
  return ENTRY_OVERHEAD_BYTES + entry.text.length * 2
}

import { open } from 'node:fs/promises'
import { SimulatorError } from './errors.ts'
import type { LedgerEntry } from './ledger-entry.ts'

/** What a ledger needs of its file. */
export interface LedgerSink {
  /** Appends after everything appended before. */
  appendFile(text: string): Promise<void>
  close(): Promise<void>
}

export interface LedgerFileOptions {
  /** Written to the first line, so that the run can be repeated. */
  readonly seed?: number
  /** Whether entries are kept in memory too. Default true. */
  readonly keepEntries?: boolean
  /** Opens the file; must fail with EEXIST where there is one. */
  readonly open?: (path: string) => Promise<LedgerSink>
}

/** First line of a file. */
export interface LedgerHeader {
  readonly ledger: 1
  readonly seed: number | null
}

/** Last line of a file that was closed. */
export interface LedgerEnd {
  readonly end: true
  readonly entries: number
}

/**
 * Every write with its outcome, in the order in which the answers came. In memory, and as JSON lines in a file if one was
 * named: a header, a line per write, an end line. A process that is killed loses the writes of its last moments, and the end
 * line says so by its absence.
 */
export class Ledger implements AsyncDisposable {
  /** Null when it is kept in memory only. */
  readonly path: string | null
  readonly #file: LedgerSink | null
  readonly #keepEntries: boolean
  readonly #entries: LedgerEntry[] = []
  #entryCount = 0
  #pending: string[] = []
  #writing: Promise<void> | null = null
  #failure: SimulatorError | null = null
  #isClosed = false

  private constructor(path: string | null, file: LedgerSink | null, keepEntries: boolean) {
    this.path = path
    this.#file = file
    this.#keepEntries = keepEntries
  }

  static inMemory(): Ledger {
    return new Ledger(null, null, true)
  }

  /**
   * A ledger in a new file that only its owner can read.
   * @throws SIMULATOR_LEDGER_EXISTS: a ledger is evidence and is never overwritten; SIMULATOR_LEDGER_WRITE_FAILED
   */
  static async create(path: string, options: LedgerFileOptions = {}): Promise<Ledger> {
    const file = await openNew(path, options.open ?? openFile)
    const ledger = new Ledger(path, file, options.keepEntries ?? true)
    ledger.#write({ ledger: 1, seed: options.seed ?? null } satisfies LedgerHeader)
    await ledger.flush()
    return ledger
  }

  /** The writes so far; empty when they are not kept in memory. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries
  }

  get entryCount(): number {
    return this.#entryCount
  }

  /** @throws SIMULATOR_LEDGER_WRITE_FAILED when an earlier entry could not be written */
  record(entry: LedgerEntry): void {
    if (this.#failure) throw this.#failure
    this.#entryCount++
    if (this.#keepEntries) this.#entries.push(entry)
    if (this.#file) this.#write(entry)
  }

  /** Waits until everything recorded before is in the file. @throws SIMULATOR_LEDGER_WRITE_FAILED */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing
    if (this.#failure) throw this.#failure
  }

  /** Ends the file. Entries stay readable in memory. @throws SIMULATOR_LEDGER_WRITE_FAILED */
  async close(): Promise<void> {
    if (this.#isClosed || !this.#file) return
    this.#isClosed = true
    if (!this.#failure) this.#write({ end: true, entries: this.#entryCount } satisfies LedgerEnd)
    try {
      await this.flush()
    } finally {
      await this.#file.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #write(line: LedgerHeader | LedgerEntry | LedgerEnd): void {
    this.#pending.push(`${JSON.stringify(line)}\n`)
    this.#writing ??= this.#drain()
  }

  /** Lines that come while one write is under way make up the next one. */
  async #drain(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const text = this.#pending.join('')
        this.#pending = []
        await this.#file?.appendFile(text)
      }
    } catch (error) {
      this.#pending = []
      this.#failure = writeFailed(this.path ?? '', error)
    } finally {
      this.#writing = null
    }
  }
}

function openFile(path: string): Promise<LedgerSink> {
  return open(path, 'ax', 0o600)
}

async function openNew(path: string, openSink: (path: string) => Promise<LedgerSink>): Promise<LedgerSink> {
  try {
    return await openSink(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new SimulatorError(
        'SIMULATOR_LEDGER_EXISTS',
        `ledger file ${path} exists already and is not overwritten; name another file or move it away`,
        { cause: error },
      )
    }
    throw writeFailed(path, error)
  }
}

function writeFailed(path: string, cause: unknown): SimulatorError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SimulatorError('SIMULATOR_LEDGER_WRITE_FAILED', `ledger file ${path} cannot be written: ${reason}`, {
    cause,
  })
}

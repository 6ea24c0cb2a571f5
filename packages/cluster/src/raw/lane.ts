import { CqlConnection, type CqlConnectionOptions } from '@zdmkit/transport'
import type { RawStatement } from './raw-statement.ts'

const FIRST_DELAY_MS = 100
const DELAY_MS_MAX = 10_000
/** How long a lane that timed out is used only when no other is open. */
const SUSPECT_MS = 5_000

/** One place for a connection to one node: opened, and opened again with growing pauses for as long as the lane is not closed. */
export class Lane {
  readonly host: string
  readonly port: number
  readonly #options: Omit<CqlConnectionOptions, 'host' | 'port' | 'onClose'>
  readonly #otherIds = new Map<RawStatement, Buffer>()
  #connection: CqlConnection | null = null
  #timer: NodeJS.Timeout | undefined
  #failureCount = 0
  #suspectUntilMs = 0
  #isClosed = false

  constructor(node: { host: string; port: number }, options: Omit<CqlConnectionOptions, 'host' | 'port' | 'onClose'>) {
    this.host = node.host
    this.port = node.port
    this.#options = options
  }

  /** The open connection, if there is one. */
  get connection(): CqlConnection | null {
    return this.#connection
  }

  /** Timed out a moment ago. */
  get isSuspect(): boolean {
    return this.#suspectUntilMs > Date.now()
  }

  suspect(): void {
    this.#suspectUntilMs = Date.now() + SUSPECT_MS
  }

  /** The statement's id on this node: its own unless the node gave another one. */
  idOf(statement: RawStatement): Buffer {
    return this.#otherIds.get(statement) ?? statement.id
  }

  learnId(statement: RawStatement, id: Buffer): void {
    if (id.equals(statement.id)) this.#otherIds.delete(statement)
    else this.#otherIds.set(statement, id)
  }

  /** Opens the connection; when that fails, the error is thrown and further attempts follow on their own. */
  async open(): Promise<void> {
    try {
      const connection = await CqlConnection.open({
        ...this.#options,
        host: this.host,
        port: this.port,
        onClose: () => this.#lost(),
      })
      if (this.#isClosed) {
        connection.close()
        return
      }
      this.#connection = connection
      this.#failureCount = 0
    } catch (error) {
      this.#failureCount++
      this.#openLater()
      throw error
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#connection?.close()
    this.#connection = null
  }

  #lost(): void {
    if (this.#connection === null) return
    this.#connection = null
    this.#openLater()
  }

  #openLater(): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#failureCount, DELAY_MS_MAX)
    this.#timer = setTimeout(() => {
      // The failure is counted in open(), and requests meanwhile say that no connection is open.
      this.open().catch(() => {})
    }, delayMs)
  }
}

import { isUtf8 } from 'node:buffer'
import { ProtocolError } from '../errors.ts'
import { type Consistency, isConsistency } from './consistency.ts'
import { formatAddress, type Inet } from './inet.ts'

/**
 * Reads the notations of native protocol v4, section 3, one after the other. Every length and count is checked against the end
 * before anything is allocated for it. The buffers it hands out are views: who keeps one past the life of the source copies it.
 *
 * Every method throws PROTOCOL_BODY_TRUNCATED when it would read beyond the end.
 */
export class Reader {
  readonly #buffer: Buffer
  readonly #start: number
  readonly #end: number
  #offset: number

  /**
   * Reads `buffer[offset, end)`.
   * @throws PROTOCOL_BAD_LENGTH when that is not a part of the buffer.
   */
  constructor(buffer: Buffer, offset: number = 0, end: number = buffer.length) {
    if (!(offset >= 0 && offset <= end && end <= buffer.length)) {
      throw new ProtocolError(
        'PROTOCOL_BAD_LENGTH',
        `[${offset}, ${end}) is not a part of a ${buffer.length}-byte buffer`,
      )
    }
    this.#buffer = buffer
    this.#start = offset
    this.#offset = offset
    this.#end = end
  }

  /** Position in the buffer of the next byte. */
  get offset(): number {
    return this.#offset
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#end - this.#offset
  }

  /** [byte], 0 to 255. */
  byte(): number {
    return this.#buffer.readUInt8(this.#take(1, '[byte]'))
  }

  /** [short], 0 to 65,535. */
  short(): number {
    return this.#buffer.readUInt16BE(this.#take(2, '[short]'))
  }

  /** [int], signed. */
  int(): number {
    return this.#buffer.readInt32BE(this.#take(4, '[int]'))
  }

  /** [long], signed. */
  long(): bigint {
    return this.#buffer.readBigInt64BE(this.#take(8, '[long]'))
  }

  /**
   * [string]
   * @throws PROTOCOL_BAD_VALUE when it is not UTF-8.
   */
  string(): string {
    return this.#text(this.short(), '[string]')
  }

  /**
   * [long string]
   * @throws PROTOCOL_BAD_VALUE when it is not UTF-8; PROTOCOL_BAD_LENGTH when its length is negative.
   */
  longString(): string {
    const length = this.int()
    if (length < 0) throw this.#badLength('[long string]', length)
    return this.#text(length, '[long string]')
  }

  /** [uuid], as `8-4-4-4-12` lower-case hex digits. */
  uuid(): string {
    const start = this.#take(16, '[uuid]')
    const hex = this.#buffer.toString('hex', start, start + 16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  /** [string list] */
  stringList(): string[] {
    return this.#list(2, '[string list]', () => this.string())
  }

  /** [bytes]: null for any negative length. A view. */
  bytes(): Buffer | null {
    const length = this.int()
    return length < 0 ? null : this.#view(length, '[bytes]')
  }

  /**
   * [value] of v4: undefined for "not set" (length -2). A view.
   * @throws PROTOCOL_BAD_LENGTH when the length is below -2.
   */
  value(): Buffer | null | undefined {
    const length = this.int()
    if (length >= 0) return this.#view(length, '[value]')
    if (length === -1) return null
    if (length === -2) return undefined
    throw this.#badLength('[value]', length)
  }

  /** [short bytes]. A view. */
  shortBytes(): Buffer {
    return this.#view(this.short(), '[short bytes]')
  }

  /** [bytes map]; a name that comes twice keeps its last value. */
  bytesMap(): Record<string, Buffer | null> {
    // Object.fromEntries defines its keys, so that a key "__proto__" off the wire is a key like any other.
    return Object.fromEntries(this.#list(6, '[bytes map]', () => [this.string(), this.bytes()] as const))
  }

  /** [string map]; a name that comes twice keeps its last value. */
  stringMap(): Record<string, string> {
    return Object.fromEntries(this.#list(4, '[string map]', () => [this.string(), this.string()] as const))
  }

  /** [string multimap]; a name that comes twice keeps its last value. */
  stringMultimap(): Record<string, string[]> {
    return Object.fromEntries(this.#list(4, '[string multimap]', () => [this.string(), this.stringList()] as const))
  }

  /**
   * [inet]
   * @throws PROTOCOL_BAD_LENGTH when the address has neither 4 nor 16 bytes; PROTOCOL_BAD_VALUE when the port exceeds 65,535.
   */
  inet(): Inet {
    const length = this.byte()
    if (length !== 4 && length !== 16) throw this.#badLength('[inet] address', length)
    const address = formatAddress(this.#view(length, '[inet] address'))
    const port = this.int()
    if (port < 0 || port > 0xffff) throw this.badValue(`[inet] port ${port} is not a port`)
    return { address, port }
  }

  /**
   * [consistency]
   * @throws PROTOCOL_BAD_VALUE when no level has that number.
   */
  consistency(): Consistency {
    const level = this.short()
    if (!isConsistency(level)) throw this.badValue(`[consistency] ${level} is not defined`)
    return level
  }

  /** [short] that counts things of at least `bytesEach` bytes, `what`: no list longer than the bytes left can hold. */
  shortCount(bytesEach: number, what: string): number {
    return this.#count(this.short(), bytesEach, what)
  }

  /**
   * [int] that counts things of at least `bytesEach` bytes, `what`: no list longer than the bytes left can hold.
   * @throws PROTOCOL_BAD_LENGTH when the count is negative.
   */
  intCount(bytesEach: number, what: string): number {
    return this.#count(this.int(), bytesEach, what)
  }

  /** That the bytes left can hold `count` things of at least `bytesEach` bytes, `what`. */
  requireRoom(count: number, bytesEach: number, what: string): void {
    if (count * bytesEach <= this.remaining) return
    throw new ProtocolError(
      'PROTOCOL_BODY_TRUNCATED',
      `${count} ${what} of at least ${bytesEach} bytes at offset ${this.#offset - this.#start} exceed the ${this.remaining} bytes left`,
    )
  }

  /** All the bytes left. A view. */
  rest(): Buffer {
    return this.#view(this.remaining, 'the rest')
  }

  /**
   * Says that `what` ends here.
   * @throws PROTOCOL_BODY_TRAILING_BYTES when bytes are left.
   */
  finish(what: string): void {
    if (this.remaining === 0) return
    throw new ProtocolError(
      'PROTOCOL_BODY_TRAILING_BYTES',
      `${what} ends after ${this.#offset - this.#start} of ${this.#end - this.#start} bytes`,
    )
  }

  /** An error about a value just read, with the place it was read at. */
  badValue(problem: string): ProtocolError {
    return new ProtocolError('PROTOCOL_BAD_VALUE', `${problem} (before offset ${this.#offset - this.#start})`)
  }

  #badLength(what: string, length: number): ProtocolError {
    const place = this.#offset - this.#start
    return new ProtocolError('PROTOCOL_BAD_LENGTH', `${what} cannot have length ${length} (before offset ${place})`)
  }

  #take(length: number, what: string): number {
    const start = this.#offset
    if (length > this.#end - start) {
      throw new ProtocolError(
        'PROTOCOL_BODY_TRUNCATED',
        `${what} of ${length} bytes at offset ${start - this.#start} exceeds the ${this.#end - start} bytes left`,
      )
    }
    this.#offset = start + length
    return start
  }

  #view(length: number, what: string): Buffer {
    const start = this.#take(length, what)
    return this.#buffer.subarray(start, start + length)
  }

  #text(length: number, what: string): string {
    const bytes = this.#view(length, what)
    if (!isUtf8(bytes)) throw this.badValue(`${what} of ${length} bytes is not UTF-8`)
    return bytes.toString('utf8')
  }

  #count(count: number, bytesEach: number, what: string): number {
    if (count < 0) throw this.#badLength(`count of ${what}`, count)
    this.requireRoom(count, bytesEach, what)
    return count
  }

  #list<T>(bytesEach: number, what: string, read: () => T): T[] {
    const count = this.shortCount(bytesEach, `entries of ${what}`)
    const list: T[] = []
    for (let i = 0; i < count; i++) list.push(read())
    return list
  }
}

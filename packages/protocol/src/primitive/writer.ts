import { ProtocolError } from '../errors.ts'
import { type Consistency, isConsistency } from './consistency.ts'
import { type Inet, parseAddress } from './inet.ts'

const INITIAL_BYTES = 256
const INT_MAX = 0x7fffffff

/**
 * Writes the notations of native protocol v4, section 3, one after the other; the methods are those of `Reader`. What a field
 * cannot hold is refused: PROTOCOL_BAD_VALUE for a number, PROTOCOL_BAD_LENGTH for a text, buffer or list that is too long.
 */
export class Writer {
  #buffer: Buffer
  #length = 0

  /** `initialBytes` saves growing, when the caller knows how much it will write. */
  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafe(initialBytes)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** What has been written. A view: it stays as it is, as bytes are only ever appended. */
  toBuffer(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** [byte], 0 to 255. */
  byte(n: number): void {
    requireWithin(n, 0, 0xff, '[byte]')
    const at = this.#reserve(1)
    this.#buffer.writeUInt8(n, at)
  }

  /** [short], 0 to 65,535. */
  short(n: number): void {
    requireWithin(n, 0, 0xffff, '[short]')
    const at = this.#reserve(2)
    this.#buffer.writeUInt16BE(n, at)
  }

  /** [int], signed. */
  int(n: number): void {
    requireWithin(n, -INT_MAX - 1, INT_MAX, '[int]')
    const at = this.#reserve(4)
    this.#buffer.writeInt32BE(n, at)
  }

  /** [long], signed. */
  long(n: bigint): void {
    if (BigInt.asIntN(64, n) !== n) throw new ProtocolError('PROTOCOL_BAD_VALUE', `${n} does not fit in a [long]`)
    const at = this.#reserve(8)
    this.#buffer.writeBigInt64BE(n, at)
  }

  /** [string] */
  string(text: string): void {
    const length = requireLength(Buffer.byteLength(text), 0xffff, '[string]')
    this.short(length)
    this.#text(text, length)
  }

  /** [long string] */
  longString(text: string): void {
    const length = requireLength(Buffer.byteLength(text), INT_MAX, '[long string]')
    this.int(length)
    this.#text(text, length)
  }

  /** [uuid], from `8-4-4-4-12` hex digits. */
  uuid(text: string): void {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
      throw new ProtocolError('PROTOCOL_BAD_VALUE', `"${text}" is not a [uuid]`)
    }
    this.raw(Buffer.from(text.replaceAll('-', ''), 'hex'))
  }

  /** [string list] */
  stringList(list: readonly string[]): void {
    this.count(list.length, '[string list]')
    for (const text of list) this.string(text)
  }

  /** [bytes] */
  bytes(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.int(-1)
      return
    }
    this.int(requireLength(bytes.length, INT_MAX, '[bytes]'))
    this.raw(bytes)
  }

  /** [value] of v4: undefined is "not set". */
  value(value: Uint8Array | null | undefined): void {
    if (value === undefined) this.int(-2)
    else this.bytes(value)
  }

  /** [short bytes] */
  shortBytes(bytes: Uint8Array): void {
    this.short(requireLength(bytes.length, 0xffff, '[short bytes]'))
    this.raw(bytes)
  }

  /** [bytes map] */
  bytesMap(map: Readonly<Record<string, Uint8Array | null>>): void {
    const entries = Object.entries(map)
    this.count(entries.length, '[bytes map]')
    for (const [name, bytes] of entries) {
      this.string(name)
      this.bytes(bytes)
    }
  }

  /** [string map] */
  stringMap(map: Readonly<Record<string, string>>): void {
    const entries = Object.entries(map)
    this.count(entries.length, '[string map]')
    for (const [name, text] of entries) {
      this.string(name)
      this.string(text)
    }
  }

  /** [string multimap] */
  stringMultimap(map: Readonly<Record<string, readonly string[]>>): void {
    const entries = Object.entries(map)
    this.count(entries.length, '[string multimap]')
    for (const [name, list] of entries) {
      this.string(name)
      this.stringList(list)
    }
  }

  /** [inet] */
  inet(inet: Inet): void {
    const address = parseAddress(inet.address)
    requireWithin(inet.port, 0, 0xffff, '[inet] port')
    this.byte(address.length)
    this.raw(address)
    this.int(inet.port)
  }

  /** [consistency] */
  consistency(level: Consistency): void {
    if (!isConsistency(level)) throw new ProtocolError('PROTOCOL_BAD_VALUE', `[consistency] ${level} is not defined`)
    this.short(level)
  }

  /** [short] that counts the entries of `what`. */
  count(count: number, what: string): void {
    this.short(requireLength(count, 0xffff, what))
  }

  /** Bytes as they are, without a length before them. */
  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#buffer.set(bytes, at)
  }

  #text(text: string, length: number): void {
    const at = this.#reserve(length)
    this.#buffer.write(text, at, length, 'utf8')
  }

  /** Makes room for `bytes` more and returns where they begin. `#buffer` may be another one afterwards. */
  #reserve(bytes: number): number {
    const at = this.#length
    const needed = at + bytes
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, at)
      this.#buffer = grown
    }
    this.#length = needed
    return at
  }
}

function requireWithin(n: number, min: number, max: number, what: string): void {
  if (Number.isInteger(n) && n >= min && n <= max) return
  throw new ProtocolError(
    'PROTOCOL_BAD_VALUE',
    `${n} does not fit in a ${what}: it takes integers from ${min} to ${max}`,
  )
}

function requireLength(length: number, max: number, what: string): number {
  if (length <= max) return length
  throw new ProtocolError('PROTOCOL_BAD_LENGTH', `${length} exceeds the ${max} that a ${what} can hold`)
}

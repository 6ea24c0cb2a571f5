import { randomBytes } from 'node:crypto'

/** 100 ns intervals between 1582-10-15 and the Unix epoch (RFC 4122, section 4.1.4). */
const EPOCH_OFFSET = 122_192_928_000_000_000n

/** Version 1 UUIDs of one process: unique, ascending in time, never of a real network card (multicast bit set). */
export class TimeUuids {
  readonly #node: string
  readonly #clockSequence: number
  readonly #nowMs: () => number
  #last = 0n

  constructor(nowMs: () => number = Date.now, random: (bytes: number) => Buffer = randomBytes) {
    const node = random(6)
    node[0] = (node[0] ?? 0) | 0x01
    this.#node = node.toString('hex')
    this.#clockSequence = random(2).readUInt16BE(0) & 0x3fff
    this.#nowMs = nowMs
  }

  next(): string {
    const now = BigInt(Math.floor(this.#nowMs())) * 10_000n + EPOCH_OFFSET
    this.#last = now > this.#last ? now : this.#last + 1n
    const time = this.#last.toString(16).padStart(15, '0')
    const sequence = (0x8000 | this.#clockSequence).toString(16)
    return `${time.slice(7)}-${time.slice(3, 7)}-1${time.slice(0, 3)}-${sequence}-${this.#node}`
  }
}

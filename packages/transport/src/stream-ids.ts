// HOT PATH: one take and one give per request; allocates nothing.

/** Stream ids that protocol v3 and later allow on one connection (native protocol v3, section 2.3). */
export const STREAM_IDS_MAX = 32768

/** Free list of stream ids `0 .. count - 1`. An id given twice corrupts the table, so callers give back exactly what they took. */
export class StreamIds {
  readonly count: number
  readonly #free: Uint16Array
  #freeCount: number

  constructor(count: number) {
    this.count = Math.min(count, STREAM_IDS_MAX)
    this.#free = new Uint16Array(this.count)
    // Low ids come first: a short table stays in few cache lines.
    for (let i = 0; i < this.count; i++) this.#free[i] = this.count - 1 - i
    this.#freeCount = this.count
  }

  get taken(): number {
    return this.count - this.#freeCount
  }

  /** The next free id, or -1. */
  take(): number {
    if (this.#freeCount === 0) return -1
    return this.#free[--this.#freeCount] as number
  }

  give(id: number): void {
    this.#free[this.#freeCount++] = id
  }
}

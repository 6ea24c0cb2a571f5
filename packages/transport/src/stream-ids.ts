// HOT PATH: one take and one give per request; allocates nothing.

/** Stream ids that protocol v3 and later allow on one connection (native protocol v3, section 2.3). */
export const STREAM_IDS_MAX = 32768

/**
 * Stream ids `0 .. count - 1`: those given back first, then new ones, so that memory follows the most ever in use. An id given
 * twice corrupts the table, so callers give back exactly what they took.
 */
export class StreamIds {
  readonly count: number
  #free: Uint16Array = new Uint16Array(64)
  #freeCount = 0
  #next = 0

  constructor(count: number) {
    this.count = Math.min(count, STREAM_IDS_MAX)
  }

  get taken(): number {
    return this.#next - this.#freeCount
  }

  /** The next free id, or -1. */
  take(): number {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount] as number
    return this.#next < this.count ? this.#next++ : -1
  }

  give(id: number): void {
    if (this.#freeCount === this.#free.length) {
      const larger = new Uint16Array(this.#free.length * 2)
      larger.set(this.#free)
      this.#free = larger
    }
    this.#free[this.#freeCount++] = id
  }
}

interface Waiter {
  readonly rows: number
  readonly bytes: number
  readonly admit: () => void
}

/** Bounds what is being written: rows and bytes, first come first served. */
export class InFlight {
  readonly #rowsMax: number
  readonly #bytesMax: number
  readonly #waiters: Waiter[] = []
  #rows = 0
  #bytes = 0

  constructor(limits: { rowsMax: number; bytesMax: number }) {
    this.#rowsMax = limits.rowsMax
    this.#bytesMax = limits.bytesMax
  }

  get rows(): number {
    return this.#rows
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when there is room. What is larger than the bounds goes when nothing else is in flight. */
  enter(rows: number, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ rows, bytes, admit: resolve })
      this.#admit()
    })
  }

  leave(rows: number, bytes: number): void {
    this.#rows -= rows
    this.#bytes -= bytes
    this.#admit()
  }

  #admit(): void {
    for (let next = this.#waiters[0]; next; next = this.#waiters[0]) {
      const isFull = this.#rows + next.rows > this.#rowsMax || this.#bytes + next.bytes > this.#bytesMax
      if (isFull && this.#rows > 0) return
      this.#waiters.shift()
      this.#rows += next.rows
      this.#bytes += next.bytes
      next.admit()
    }
  }
}

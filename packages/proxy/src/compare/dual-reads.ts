import type { DualRead } from './dual-read.ts'

/** Reads under comparison at a time; more are counted as dropped. */
const OUTSTANDING_MAX = 4096

/** The reads whose second answer is awaited. */
export class DualReads {
  readonly #outstanding = new Set<DualRead>()

  get isFull(): boolean {
    return this.#outstanding.size >= OUTSTANDING_MAX
  }

  get size(): number {
    return this.#outstanding.size
  }

  add(read: DualRead): void {
    this.#outstanding.add(read)
  }

  remove(read: DualRead): void {
    this.#outstanding.delete(read)
  }

  /** Gives up the reads that arrived at or before `arrivalMs`. */
  sweep(arrivalMs: number): void {
    for (const read of this.#outstanding) {
      if (read.request.startMs > arrivalMs) return
      read.expire()
    }
  }
}

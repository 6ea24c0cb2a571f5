import type { DualRead } from './dual-read.ts'

/** Reads under comparison at a time; more are counted as dropped. */
const OUTSTANDING_MAX = 4096
/** Reads that differed and are read again, at a time; each costs both clusters up to three more reads. */
const RECHECKS_MAX = 128

/** The reads whose second answer is awaited. */
export class DualReads {
  readonly #outstanding = new Set<DualRead>()
  #rechecks = 0

  get isFull(): boolean {
    return this.#outstanding.size >= OUTSTANDING_MAX
  }

  add(read: DualRead): void {
    this.#outstanding.add(read)
  }

  remove(read: DualRead): void {
    this.#outstanding.delete(read)
  }

  /** Whether one more read may be read again; followed by `endRecheck` then. */
  beginRecheck(): boolean {
    if (this.#rechecks >= RECHECKS_MAX) return false
    this.#rechecks++
    return true
  }

  endRecheck(): void {
    this.#rechecks--
  }

  /** Gives up the reads that arrived at or before `arrivalMs`. */
  sweep(arrivalMs: number): void {
    for (const read of this.#outstanding) {
      if (read.request.startMs > arrivalMs) return
      read.expire()
    }
  }
}

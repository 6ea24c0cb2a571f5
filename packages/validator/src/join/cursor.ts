import type { ScannedRow } from '@zdmkit/cluster'

/** Rows of a scan one by one; `fill` is the only step that waits. */
export class Cursor {
  readonly #pages: AsyncIterator<ScannedRow[]>
  #page: readonly ScannedRow[] = []
  #index = 0
  #isEnded = false
  rowCount = 0

  constructor(pages: AsyncIterable<ScannedRow[]>) {
    this.#pages = pages[Symbol.asyncIterator]()
  }

  /** The next row; null before `fill` and after the end. */
  get head(): ScannedRow | null {
    return this.#page[this.#index] ?? null
  }

  /** Whether `fill` would change something. */
  get needsFill(): boolean {
    return !this.#isEnded && this.#index >= this.#page.length
  }

  advance(): void {
    if (this.head?.kind === 'row') this.rowCount++
    this.#index++
  }

  async fill(): Promise<void> {
    while (this.needsFill) {
      const { done, value } = await this.#pages.next()
      this.#isEnded = done === true
      this.#page = done === true ? [] : value
      this.#index = 0
    }
  }

  /** Ends the scan, also in the middle. */
  async close(): Promise<void> {
    this.#isEnded = true
    await this.#pages.return?.()
  }
}

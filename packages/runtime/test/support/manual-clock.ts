import type { Clock } from '@zdmkit/runtime'

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #ms = 0
  readonly #epochMs: number

  constructor(epochMs: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678)) {
    this.#epochMs = epochMs
  }

  advance(ms: number): void {
    this.#ms += ms
  }

  nowMs(): number {
    return this.#epochMs + this.#ms
  }

  monotonicMs(): number {
    return this.#ms
  }
}

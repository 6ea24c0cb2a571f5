import type { Clock } from '@zdmkit/runtime'

/** A clock that only `sleep` and `advance` move. */
export class FakeClock implements Clock {
  #ms: number

  constructor(startMs: number = Date.UTC(2026, 5, 1)) {
    this.#ms = startMs
  }

  nowMs(): number {
    return this.#ms
  }

  monotonicMs(): number {
    return this.#ms
  }

  advance(ms: number): void {
    this.#ms += ms
  }

  sleep = (delayMs: number): Promise<void> => {
    this.advance(delayMs)
    return new Promise((resolve) => setImmediate(resolve))
  }
}

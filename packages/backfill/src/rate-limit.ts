import { setTimeout as sleepMs } from 'node:timers/promises'

/** How long a pause may be saved up: a limiter that stood idle lets this much through at once. */
const BURST_MS = 100

export interface RateLimitOptions {
  /** Milliseconds from any fixed moment; must not go back. */
  readonly nowMs?: () => number
  readonly sleep?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
}

/** A token bucket: lets `perSecond` units through each second, in the order they were asked for. */
export class RateLimit {
  readonly #msPerUnit: number
  readonly #nowMs: () => number
  readonly #sleep: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
  /** When all that was let through so far is paid for. */
  #paidAtMs = Number.NEGATIVE_INFINITY

  /** `perSecond` null is no limit. */
  constructor(perSecond: number | null, options: RateLimitOptions = {}) {
    this.#msPerUnit = perSecond === null ? 0 : 1000 / perSecond
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#sleep =
      options.sleep ?? (async (delayMs, signal) => void (await sleepMs(delayMs, undefined, signal ? { signal } : {})))
  }

  /** Resolves when `units` may pass; an abort ends the wait with its reason. More than a burst at once is paid afterwards. */
  async take(units: number, signal?: AbortSignal): Promise<void> {
    if (this.#msPerUnit === 0) return
    const nowMs = this.#nowMs()
    const startMs = Math.max(this.#paidAtMs, nowMs - BURST_MS)
    this.#paidAtMs = startMs + units * this.#msPerUnit
    if (startMs > nowMs) await this.#sleep(startMs - nowMs, signal)
  }
}

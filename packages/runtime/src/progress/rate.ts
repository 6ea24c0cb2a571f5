/** Weight of a second falls to 1/e after this time: steady on a terminal, and a stall shows within seconds. */
const DECAY_MS = 15_000

/** Shorter steps are not folded in, so that `advance` in a tight loop does not cost an exponential each. */
const FOLD_MS_MIN = 250

/**
 * Exponentially weighted rate of a growing count. Amount and time decay alike, so that the first seconds give the plain
 * average instead of a slow climb from zero.
 */
export class Rate {
  #atMs: number
  #count: number
  #amount = 0
  #timeMs = 0

  constructor(nowMs: number, count: number) {
    this.#atMs = nowMs
    this.#count = count
  }

  /** Rate at this moment; 0 until time has passed. */
  perSecond(nowMs: number, count: number): number {
    const stepMs = nowMs - this.#atMs
    const decay = Math.exp(-stepMs / DECAY_MS)
    const amount = this.#amount * decay + (count - this.#count)
    const timeMs = this.#timeMs * decay + stepMs
    if (stepMs >= FOLD_MS_MIN) {
      this.#atMs = nowMs
      this.#count = count
      this.#amount = amount
      this.#timeMs = timeMs
    }
    return timeMs > 0 ? Math.max(0, (amount * 1000) / timeMs) : 0
  }
}

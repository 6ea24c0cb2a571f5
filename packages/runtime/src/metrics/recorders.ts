// HOT PATH: a proxied write moves three histograms and two gauges. Recorders are plain fields and typed arrays, allocate
// nothing, validate nothing and never throw (prom-client's own observe takes about 380 ns and 290 bytes). What they hold
// is turned into samples only when somebody scrapes (registry.ts).

/** Counts up. */
export class HotCounter {
  /** Current total; may also be raised directly. */
  value = 0

  /** `n` must not be negative. */
  inc(n = 1): void {
    this.value += n
  }
}

/** A number that goes up and down. */
export class HotGauge {
  value = 0

  inc(n = 1): void {
    this.value += n
  }

  dec(n = 1): void {
    this.value -= n
  }

  set(value: number): void {
    this.value = value
  }
}

/** Counts observations by upper bound. Made by a MetricsRegistry, which has checked the bounds. */
export class HotHistogram {
  /** Ends with +Infinity, which ends the search. */
  readonly #bounds: Float64Array
  /** Observations per bucket, not cumulative. */
  readonly #counts: Float64Array
  #sum = 0

  /** `bounds` ascending, without +Infinity. */
  constructor(bounds: ArrayLike<number>) {
    this.#bounds = new Float64Array(bounds.length + 1)
    this.#bounds.set(bounds)
    this.#bounds[bounds.length] = Number.POSITIVE_INFINITY
    this.#counts = new Float64Array(bounds.length + 1)
  }

  /** Linear scan: with the 17 ZDM buckets it beats a binary search, for most answers are fast. NaN is not counted. */
  observe(seconds: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (seconds > (bounds[bucket] ?? 0)) bucket++
    if (Number.isNaN(seconds)) return
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += seconds
  }

  /** Sum of all observations. */
  get sum(): number {
    return this.#sum
  }

  /** Number of observations. */
  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0)
  }

  /** Observations at or below each bound, ascending; the last bound is +Infinity. */
  cumulative(): { readonly bound: number; readonly count: number }[] {
    let total = 0
    return Array.from(this.#counts, (count, index) => {
      total += count
      return { bound: this.#bounds[index] ?? Number.POSITIVE_INFINITY, count: total }
    })
  }
}

/** The two clocks of a process. Passed in wherever time matters, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's time is set. */
  nowMs(): number
  /** Milliseconds since some fixed moment of this process, with fractions; never goes back. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

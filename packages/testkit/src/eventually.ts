import { setTimeout as delay } from 'node:timers/promises'
import { TestkitError } from './errors.ts'

/** How long and how often {@link eventually} looks. */
export interface EventuallyOptions {
  /** Default 5,000. */
  timeoutMs?: number
  /** Pause between two looks; default 20. */
  everyMs?: number
}

/**
 * Calls `check` until it neither throws nor returns `false`, and gives its value.
 *
 * @throws EVENTUALLY_TIMED_OUT when that did not happen in time; `cause` is what the last look threw.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const { timeoutMs = 5_000, everyMs = 20 } = options
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let cause: unknown
    try {
      const value = await check()
      if (value !== false) return value as Exclude<T, false>
      cause = new Error('the check returned false')
    } catch (error) {
      cause = error
    }
    if (performance.now() + everyMs > deadline) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new TestkitError('EVENTUALLY_TIMED_OUT', `not true within ${timeoutMs} ms, at last: ${reason}`, { cause })
    }
    await delay(everyMs)
  }
}

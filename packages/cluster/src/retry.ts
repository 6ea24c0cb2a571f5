import { setTimeout as sleepMs } from 'node:timers/promises'
import { isRetryable } from './errors.ts'

/** How often and how patiently a request is asked again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number
  readonly firstDelayMs: number
  readonly delayMsMax: number
}

/** About 40 s in all: longer than a node's restart is noticed, shorter than an operator waits for a dead cluster. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 10, firstDelayMs: 100, delayMsMax: 10_000 }

export interface RetryOptions {
  readonly policy?: RetryPolicy
  readonly signal?: AbortSignal | undefined
  /** Called before each pause. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void
  readonly sleep?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
  /** In [0, 1). */
  readonly random?: () => number
}

/**
 * Runs `request` until it succeeds, fails for good ({@link isRetryable} says no), or the attempts are used up; then its last
 * error is thrown. Pauses double, and each is shortened by up to half at random.
 */
export async function retrying<T>(request: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const policy = options.policy ?? DEFAULT_RETRY
  const random = options.random ?? Math.random
  const sleep = options.sleep ?? pause
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted()
    try {
      return await request(attempt)
    } catch (error) {
      if (attempt >= policy.attempts || !isRetryable(error)) throw error
      const longest = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), policy.delayMsMax)
      const delayMs = Math.round(longest * (1 - random() / 2))
      options.onRetry?.(error, attempt, delayMs)
      await sleep(delayMs, options.signal)
    }
  }
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleepMs(delayMs, undefined, signal ? { signal } : {})
}

/**
 * Below the fence, list writes have a time of their own for every attempt. The elements of a list are stored under ids that
 * each write makes anew, so writing the same list twice at one time doubles it (CASSANDRA-11368). A later attempt gets a
 * later time, and its overwrite deletes what earlier ones left.
 */
const LIST_WINDOW_MICROS = 2n ** 32n
/** One microsecond of list time per 50 ms of clock: two runs are further apart, and the window lasts 6.8 years. */
const MS_PER_STEP = 50n

/** A fence further back would leave later attempts no later list time; nobody runs dual writes that long. */
export const FENCE_AGE_MS_MAX: number = 6 * 365 * 86_400_000

/**
 * The write time of a whole list: less than 72 minutes before the fence, and later for a later moment or attempt.
 * @param fenceMicros microseconds since 1970
 * @param nowMs milliseconds since 1970
 * @param attempt counted from 1 within one run
 */
export function listWriteTime(fenceMicros: bigint, nowMs: number, attempt: number): bigint {
  const steps = (BigInt(Math.trunc(nowMs)) - fenceMicros / 1000n) / MS_PER_STEP
  const later = (steps < 0n ? 0n : steps) + BigInt(attempt - 1)
  return fenceMicros - LIST_WINDOW_MICROS + (later < LIST_WINDOW_MICROS ? later : LIST_WINDOW_MICROS - 1n)
}

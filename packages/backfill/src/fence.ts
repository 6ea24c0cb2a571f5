/**
 * Below the fence, list writes have a time of their own for every attempt. The elements of a list are stored under ids that
 * each write makes anew, so writing the same list twice at one time doubles it (CASSANDRA-11368). A later attempt gets a
 * later time, and its overwrite deletes what earlier ones left.
 */
const LIST_WINDOW_MICROS = 2n ** 32n
/** One microsecond of list time per 10 ms of clock: pauses before attempts are longer, and the window lasts 497 days. */
const MS_PER_STEP = 10n

/**
 * The write time of a whole list: before the fence, and later for each later `nowMs`.
 * @param fenceMicros microseconds since 1970
 * @param nowMs milliseconds since 1970
 */
export function listWriteTime(fenceMicros: bigint, nowMs: number): bigint {
  const steps = (BigInt(Math.trunc(nowMs)) - fenceMicros / 1000n) / MS_PER_STEP
  const within = steps < 0n ? 0n : steps >= LIST_WINDOW_MICROS ? LIST_WINDOW_MICROS - 1n : steps
  return fenceMicros - LIST_WINDOW_MICROS + within
}

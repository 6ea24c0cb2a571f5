import { ClusterError } from './errors.ts'

/** Tokens greater than `start` and not greater than `end`. Never wraps: `start < end`. */
export interface TokenRange {
  /** Exclusive. */
  readonly start: bigint
  /** Inclusive. */
  readonly end: bigint
}

/** Exclusive lower bound of the Murmur3 ring: one below the smallest 64-bit token, so that the smallest is covered too. */
export const RING_START: bigint = -(2n ** 63n) - 1n
/** Inclusive upper bound of the Murmur3 ring. */
export const RING_END: bigint = 2n ** 63n - 1n

/**
 * Cuts the whole ring into `count` ranges that differ by at most one token, in ring order.
 * @throws CLUSTER_BAD_RANGE when `count` is not a positive integer
 */
export function splitRing(count: number): TokenRange[] {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new ClusterError(
      'CLUSTER_BAD_RANGE',
      `the ring cannot be split into ${count} ranges; give a whole number from 1`,
    )
  }
  const total = RING_END - RING_START
  const parts = BigInt(count)
  const ranges: TokenRange[] = []
  let start = RING_START
  for (let i = 1n; i <= parts; i++) {
    const end = RING_START + (total * i) / parts
    ranges.push({ start, end })
    start = end
  }
  return ranges
}

/** Whether the ranges, in any order, hold every token of the ring exactly once. */
export function coversRing(ranges: readonly TokenRange[]): boolean {
  let reached = RING_START
  for (const range of [...ranges].sort(byStart)) {
    if (range.start !== reached || range.end <= range.start) return false
    reached = range.end
  }
  return reached === RING_END
}

/**
 * What remains of `all` without `done`, in the order of `all`. The ranges of `done` may overlap and need not share bounds
 * with those of `all`.
 * @throws CLUSTER_BAD_RANGE when a range is empty, wraps or leaves the ring
 */
export function subtractRanges(all: readonly TokenRange[], done: readonly TokenRange[]): TokenRange[] {
  const removed = [...done].sort(byStart)
  for (const range of [...all, ...removed]) checkRange(range)
  const left: TokenRange[] = []
  for (const range of all) {
    let start = range.start
    for (const hole of removed) {
      if (hole.end <= start) continue
      if (hole.start >= range.end) break
      if (hole.start > start) left.push({ start, end: hole.start })
      start = hole.end
      if (start >= range.end) break
    }
    if (start < range.end) left.push({ start, end: range.end })
  }
  return left
}

/** @throws CLUSTER_BAD_RANGE when the range is empty, wraps or leaves the ring */
export function checkRange(range: TokenRange): void {
  if (range.start < RING_START || range.end > RING_END || range.start >= range.end) {
    throw new ClusterError(
      'CLUSTER_BAD_RANGE',
      `token range (${range.start}, ${range.end}] is empty, wraps or leaves the ring (${RING_START}, ${RING_END}]`,
    )
  }
}

function byStart(left: TokenRange, right: TokenRange): number {
  return left.start < right.start ? -1 : left.start > right.start ? 1 : 0
}

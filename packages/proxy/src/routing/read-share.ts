// HOT PATH: only while reads are being moved (targetReadPercent between 1 and 99).

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a over `buffer[start, end)`, continuing from `hash`. The same bytes give the same number in every process and version. */
export function hashBytes(buffer: Uint8Array, start: number, end: number, hash: number = FNV_OFFSET): number {
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (buffer[i] as number), FNV_PRIME)
  return hash
}

/**
 * Whether a read whose key has this hash belongs to the `percent` of keys read from the target. Raising the percentage only
 * moves keys towards the target, never back.
 */
export function isTargetShare(hash: number, percent: number): boolean {
  // FNV's low bits are weak for short keys; fold the high ones in.
  const folded = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
  return folded % 100 < percent
}

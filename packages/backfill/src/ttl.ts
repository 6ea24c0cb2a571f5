/**
 * The TTL to write now for a cell that was read with `ttl` seconds left, so that it ends when the cell it was copied from
 * does: rounded up to the next second, because servers count whole ones.
 *
 * @returns seconds; 0 is none, which must be bound and not left out, or the target table's default would apply; null is
 * a cell that has ended meanwhile
 */
export function ttlAtWrite(ttl: number | null, readAtMs: number, nowMs: number): number | null {
  if (ttl === null) return 0
  // A clock that was set back must not make a cell live longer than it was read with.
  const elapsedMs = Math.max(nowMs - readAtMs, 0)
  const leftMs = ttl * 1000 - elapsedMs
  return leftMs <= 0 ? null : Math.ceil(leftMs / 1000)
}

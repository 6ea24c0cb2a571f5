import type { ScannedRow } from '@zdmkit/cluster'

/** Cells of one row that were written at the same time and end at the same time: one statement writes them all. */
export interface CellGroup {
  /** Microseconds since 1970. */
  readonly writeTime: bigint
  /** Seconds left when the row was read; null never ends. */
  readonly ttl: number | null
  /** Places among the row's cells, ascending. */
  readonly places: readonly number[]
}

/**
 * Groups the set cells at `places` by write time and expiry, in the order of their first cell. All cells of a row are read
 * at one moment, so equal TTLs are equal expiries. Null cells are in no group: what is not there is never written.
 */
export function groupCells(
  row: Pick<ScannedRow, 'cells' | 'writeTimes' | 'ttls'>,
  places: readonly number[],
): CellGroup[] {
  const groups: { writeTime: bigint; ttl: number | null; places: number[] }[] = []
  for (const place of places) {
    const writeTime = row.writeTimes[place] ?? null
    if (row.cells[place] == null || writeTime === null) continue
    const ttl = row.ttls[place] ?? null
    const group = groups.find((other) => other.writeTime === writeTime && other.ttl === ttl)
    if (group) group.places.push(place)
    else groups.push({ writeTime, ttl, places: [place] })
  }
  return groups
}

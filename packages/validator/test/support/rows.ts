import type { ScannedRow } from '@zdmkit/cluster'

export interface RowParts {
  readonly token: number
  /** Default: the token as text. */
  readonly key?: string | readonly string[]
  /** Absent for the static cells of a partition. */
  readonly clustering?: string | null
  readonly cells?: readonly (string | null)[]
}

/** A row as a scan gives it; texts become bytes. */
export function row({ token, key = String(token), clustering, cells = ['v'] }: RowParts): ScannedRow {
  const isStatic = clustering === undefined
  return {
    kind: isStatic ? 'static' : 'row',
    token: BigInt(token),
    key: (typeof key === 'string' ? [key] : key).map((cell) => Buffer.from(cell)),
    clustering: isStatic ? [] : [clustering === null ? null : Buffer.from(clustering)],
    cells: cells.map((cell) => (cell === null ? null : Buffer.from(cell))),
    writeTimes: cells.map(() => null),
    ttls: cells.map(() => null),
    readAtMs: 0,
  }
}

/** The rows in pages of the lengths that `length` gives. */
export async function* pagesOf(
  rows: readonly ScannedRow[],
  length: () => number = () => 3,
): AsyncGenerator<ScannedRow[]> {
  for (let at = 0; at < rows.length; ) {
    const count = length()
    // A page may be empty in the middle of a scan.
    yield rows.slice(at, at + count)
    at += count
  }
}

import type { ScannedRow } from '@zdmkit/cluster'

/**
 * - missing: on origin, not on target
 * - extra: on target, not on origin
 * - different: on both, with other cells
 */
export type DifferenceKind = 'missing' | 'extra' | 'different'

/** Names a row, or the static cells of a partition. */
export type RowAddress = Pick<ScannedRow, 'kind' | 'token' | 'key' | 'clustering'>

/** A difference that the scan saw. It counts only when both sides, read again, still differ. */
export interface Suspect {
  readonly kind: DifferenceKind
  /** Owns its bytes: no page of a scan is kept alive by it. */
  readonly row: RowAddress
}

export function suspectOf(kind: DifferenceKind, row: RowAddress): Suspect {
  return {
    kind,
    row: {
      kind: row.kind,
      token: row.token,
      key: row.key.map((cell) => Buffer.from(cell)),
      clustering: row.clustering.map((cell) => cell && Buffer.from(cell)),
    },
  }
}

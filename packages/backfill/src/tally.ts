/** Why a row, or a partition's statics, was read and not written. */
export type SkipReason = 'expired' | 'interrupted'

/** Counts of one range or table. For rows and for statics alike: read = written + all skipped + failed. */
export interface Tally {
  rowsRead: number
  rowsWritten: number
  rowsSkipped: Record<SkipReason, number>
  rowsFailed: number
  /** Partitions with static cells. */
  staticsRead: number
  staticsWritten: number
  staticsSkipped: Record<SkipReason, number>
  staticsFailed: number
  /** Single cells of written rows that had expired by then. */
  cellsExpired: number
  /** Rows whose row marker was written by policy. */
  markersGuessed: number
  /** Rows with collections whose TTL was taken from their other cells. */
  ttlsInherited: number
  /** Rows with collections beside cells of several TTLs: written without one. */
  ttlsUnknown: number
  /** Keys and cells read. */
  bytes: number
}

export function emptyTally(): Tally {
  return {
    rowsRead: 0,
    rowsWritten: 0,
    rowsSkipped: { expired: 0, interrupted: 0 },
    rowsFailed: 0,
    staticsRead: 0,
    staticsWritten: 0,
    staticsSkipped: { expired: 0, interrupted: 0 },
    staticsFailed: 0,
    cellsExpired: 0,
    markersGuessed: 0,
    ttlsInherited: 0,
    ttlsUnknown: 0,
    bytes: 0,
  }
}

/** Adds `other` to `tally`. */
export function addTally(tally: Tally, other: Tally): void {
  tally.rowsRead += other.rowsRead
  tally.rowsWritten += other.rowsWritten
  tally.rowsSkipped.expired += other.rowsSkipped.expired
  tally.rowsSkipped.interrupted += other.rowsSkipped.interrupted
  tally.rowsFailed += other.rowsFailed
  tally.staticsRead += other.staticsRead
  tally.staticsWritten += other.staticsWritten
  tally.staticsSkipped.expired += other.staticsSkipped.expired
  tally.staticsSkipped.interrupted += other.staticsSkipped.interrupted
  tally.staticsFailed += other.staticsFailed
  tally.cellsExpired += other.cellsExpired
  tally.markersGuessed += other.markersGuessed
  tally.ttlsInherited += other.ttlsInherited
  tally.ttlsUnknown += other.ttlsUnknown
  tally.bytes += other.bytes
}

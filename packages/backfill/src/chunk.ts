import type { GroupedRow } from './compose.ts'

export interface ChunkLimits {
  readonly statementsMax: number
  readonly bytesMax: number
}

/**
 * Cuts rows in token order into what goes out together: rows of one partition, as many as the limits allow, at least one.
 * A batch of one partition is one mutation on its replicas, so it costs them what its rows cost.
 */
export function chunkRows(rows: readonly GroupedRow[], limits: ChunkLimits): GroupedRow[][] {
  const chunks: GroupedRow[][] = []
  let current: GroupedRow[] = []
  let statementCount = 0
  let bytes = 0
  for (const row of rows) {
    const last = current.at(-1)
    const fits =
      last &&
      isSamePartition(last, row) &&
      statementCount + row.statementCountMax <= limits.statementsMax &&
      bytes + row.bytes <= limits.bytesMax
    if (!fits) {
      current = []
      statementCount = 0
      bytes = 0
      chunks.push(current)
    }
    current.push(row)
    statementCount += row.statementCountMax
    bytes += row.bytes
  }
  return chunks
}

function isSamePartition(left: GroupedRow, right: GroupedRow): boolean {
  const [key, other] = [left.row.key, right.row.key]
  return left.row.token === right.row.token && key.every((cell, i) => other[i]?.equals(cell))
}

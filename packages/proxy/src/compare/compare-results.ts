import { messageOffset, Opcode, ProtocolError, type ProtocolVersion, result } from '@zdmkit/protocol'

/** What two clusters' answers to the same read say about each other. */
export type Comparison = 'equal' | 'different' | 'not-comparable'

/**
 * Compares two response frames by their rows, as sets: the order of rows is fixed by a query only within a partition, and
 * clusters of different topology page in different order. Frames that hold no rows are not comparable.
 */
export function compareResults(primary: Buffer, secondary: Buffer): Comparison {
  const first = rowsOf(primary)
  const second = rowsOf(secondary)
  if (first === null || second === null) return 'not-comparable'
  if (first.length !== second.length) return 'different'
  const counts = new Map<string, number>()
  for (const row of first) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of second) {
    const left = counts.get(row) ?? 0
    if (left === 0) return 'different'
    counts.set(row, left - 1)
  }
  return 'equal'
}

/** One string per row that is equal exactly for equal cells. */
function rowsOf(frame: Buffer): string[] | null {
  if (frame[4] !== Opcode.RESULT) return null
  const at = messageOffset(frame, 0, frame.length)
  if (at < 0) return null
  try {
    const decoded = result.decode(frame.subarray(at), ((frame[0] as number) & 0x7f) as ProtocolVersion)
    if (decoded.kind !== 'rows') return null
    return decoded.rows.map((row) =>
      row.map((cell) => (cell === null ? '-' : `${cell.length}:${cell.toString('latin1')}`)).join(''),
    )
  } catch (cause) {
    if (cause instanceof ProtocolError) return null
    throw cause
  }
}

import type { ScannedRow } from '@zdmkit/cluster'

type Partition = Pick<ScannedRow, 'token' | 'key'>
type Row = Pick<ScannedRow, 'kind' | 'clustering'>

/**
 * The server's order of partitions: by token, then by the bytes of the serialized key (DecoratedKey). Negative when the left
 * one comes first, 0 for the same partition.
 */
export function comparePartitions(left: Partition, right: Partition): number {
  if (left.token !== right.token) return left.token < right.token ? -1 : 1
  if (isSamePartition(left, right)) return 0
  return Buffer.compare(serializedKey(left.key), serializedKey(right.key))
}

export function isSamePartition(left: Partition, right: Partition): boolean {
  if (left.token !== right.token) return false
  for (let i = 0; i < left.key.length; i++) {
    const cell = right.key[i]
    if (cell === undefined || !left.key[i]?.equals(cell)) return false
  }
  return true
}

/** Whether two rows of one partition are the same row; its static cells are one too. */
export function isSameRow(left: Row, right: Row): boolean {
  if (left.kind !== right.kind) return false
  for (let i = 0; i < left.clustering.length; i++) {
    const cell = left.clustering[i] ?? null
    const other = right.clustering[i] ?? null
    if (cell === null || other === null ? cell !== other : !cell.equals(other)) return false
  }
  return true
}

/** One text per row of a partition, another for its static cells. */
export function rowText({ kind, clustering }: Row): string {
  let text: string = kind
  for (const cell of clustering) text += cell === null ? ' -' : ` ${cell.length}:${cell.toString('latin1')}`
  return text
}

/** Composite keys are stored as `<length of 2 bytes><bytes><0>` each (CompositeType), which decides ties of tokens. */
function serializedKey(key: readonly Buffer[]): Buffer {
  const [only] = key
  if (key.length === 1 && only) return only
  return Buffer.concat(
    key.flatMap((cell) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(cell.length)
      return [length, cell, Buffer.alloc(1)]
    }),
  )
}

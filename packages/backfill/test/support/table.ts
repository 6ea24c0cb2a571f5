import type { Column, ScannedRow, Table } from '@zdmkit/cluster'

type Kind = Column['kind']

/** A table from column specifications such as `['id', 'uuid', 'partition_key']`; collections are told by their type. */
export function tableOf(name: string, specs: readonly (readonly [name: string, type: string, kind: Kind])[]): Table {
  const positions = { partition_key: 0, clustering: 0, static: 0, regular: 0 }
  const columns = specs.map(([column, type, kind]): Column => {
    const isKey = kind === 'partition_key' || kind === 'clustering'
    const outer = /^(list|set|map)</.exec(type)?.[1] as 'list' | 'set' | 'map' | undefined
    const collection = isKey ? null : (outer ?? (type === 'place' ? 'udt' : null))
    const position = isKey ? positions[kind]++ : -1
    return { name: column, type, kind, position, order: 'none', isMultiCell: collection !== null, collection }
  })
  const of = (kind: Kind) => columns.filter((column) => column.kind === kind)
  return {
    keyspace: 'shop',
    name,
    columns,
    partitionKey: of('partition_key'),
    clusteringKey: of('clustering'),
    statics: of('static'),
    regulars: of('regular'),
    defaultTtlSeconds: 0,
    gcGraceSeconds: 864_000,
    isCounter: columns.some(({ type }) => type === 'counter'),
    isView: false,
  }
}

/** One cell: its text, write time (null: unreadable) and TTL; null is no cell. */
export type Cell = readonly [text: string, writeTime: bigint | null, ttl?: number] | null

export function rowOf(
  cells: readonly Cell[],
  parts: Partial<Pick<ScannedRow, 'kind' | 'token' | 'key' | 'clustering' | 'readAtMs'>> = {},
): ScannedRow {
  return {
    kind: 'row',
    token: 1n,
    key: [Buffer.from('pk')],
    clustering: [Buffer.from('ck')],
    readAtMs: 1_000_000,
    cells: cells.map((cell) => (cell ? Buffer.from(cell[0], 'latin1') : null)),
    writeTimes: cells.map((cell) => cell?.[1] ?? null),
    ttls: cells.map((cell) => cell?.[2] ?? null),
    ...parts,
  }
}

import type { Column, Table } from '@zdmkit/cluster'

/** A regular column unless told otherwise. */
export function column(name: string, type: string, parts: Partial<Column> = {}): Column {
  return { name, type, kind: 'regular', position: -1, order: 'none', isMultiCell: false, collection: null, ...parts }
}

/** Table `shop.items`. */
export function table(columns: readonly Column[]): Table {
  const ofKind = (kind: Column['kind']): Column[] => columns.filter((candidate) => candidate.kind === kind)
  return {
    keyspace: 'shop',
    name: 'items',
    columns,
    partitionKey: ofKind('partition_key'),
    clusteringKey: ofKind('clustering'),
    statics: ofKind('static'),
    regulars: ofKind('regular'),
    defaultTtlSeconds: 0,
    gcGraceSeconds: 864_000,
    isCounter: false,
    isView: false,
  }
}

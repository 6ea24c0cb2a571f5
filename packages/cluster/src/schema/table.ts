export type ColumnKind = 'partition_key' | 'clustering' | 'static' | 'regular'
export type CollectionKind = 'list' | 'set' | 'map' | 'udt'

/** One column as `system_schema.columns` describes it. */
export interface Column {
  readonly name: string
  /** CQL text, such as `text`, `frozen<list<int>>` or `map<text, text>`. */
  readonly type: string
  readonly kind: ColumnKind
  /** Place within the key; -1 for columns that are no part of it. */
  readonly position: number
  readonly order: 'asc' | 'desc' | 'none'
  /** Stored as many cells: a collection or user type that is not frozen. */
  readonly isMultiCell: boolean
  /** Which kind of multi-cell column it is; null for single cells, frozen collections included. */
  readonly collection: CollectionKind | null
}

/** One table, or view, of a cluster. The columns of each group keep the order in which `scanTable` gives their cells. */
export interface Table {
  readonly keyspace: string
  readonly name: string
  /** Partition key, clustering key, statics, regulars. */
  readonly columns: readonly Column[]
  readonly partitionKey: readonly Column[]
  readonly clusteringKey: readonly Column[]
  /** By name. */
  readonly statics: readonly Column[]
  /** By name. */
  readonly regulars: readonly Column[]
  /** `default_time_to_live`; 0 is none. */
  readonly defaultTtlSeconds: number
  readonly gcGraceSeconds: number
  readonly isCounter: boolean
  readonly isView: boolean
}

/** A user-defined type; fields in their order on the wire. */
export interface UserType {
  readonly keyspace: string
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly type: string }[]
}

/** A row of `system_schema.columns`. */
export interface ColumnRow {
  name: string
  type: string
  kind: ColumnKind
  position: number
  order: 'asc' | 'desc' | 'none'
}

/** A row of `system_schema.tables` or `system_schema.views`. */
export interface TableRow {
  defaultTtlSeconds: number
  gcGraceSeconds: number
  isView: boolean
}

/** Puts a table together from its schema rows. */
export function assembleTable(keyspace: string, name: string, row: TableRow, columnRows: readonly ColumnRow[]): Table {
  const columns = columnRows.map(toColumn)
  const byPosition = (left: Column, right: Column) => left.position - right.position
  const byName = (left: Column, right: Column) => (left.name < right.name ? -1 : 1)
  const partitionKey = columns.filter(({ kind }) => kind === 'partition_key').sort(byPosition)
  const clusteringKey = columns.filter(({ kind }) => kind === 'clustering').sort(byPosition)
  const statics = columns.filter(({ kind }) => kind === 'static').sort(byName)
  const regulars = columns.filter(({ kind }) => kind === 'regular').sort(byName)
  return {
    keyspace,
    name,
    columns: [...partitionKey, ...clusteringKey, ...statics, ...regulars],
    partitionKey,
    clusteringKey,
    statics,
    regulars,
    ...row,
    isCounter: columns.some(({ type }) => type === 'counter'),
  }
}

/** The kind of multi-cell column a CQL type text makes of a static or regular column, or null when it is one cell. */
export function collectionOf(type: string): CollectionKind | null {
  const open = type.indexOf('<')
  const outer = open < 0 ? type : type.slice(0, open)
  if (outer === 'list' || outer === 'set' || outer === 'map') return outer
  // A tuple and a vector are always one cell; a quoted class name is a custom type, which is one cell too.
  if (open >= 0 || type.startsWith("'") || NATIVE_TYPES.has(type)) return null
  return 'udt'
}

function toColumn(row: ColumnRow): Column {
  const isKey = row.kind === 'partition_key' || row.kind === 'clustering'
  const collection = isKey ? null : collectionOf(row.type)
  return {
    name: row.name,
    type: row.type,
    kind: row.kind,
    position: row.position,
    order: row.order,
    isMultiCell: collection !== null,
    collection,
  }
}

/** Types without parameters; every other bare name in `system_schema.columns.type` is a user type. */
const NATIVE_TYPES: ReadonlySet<string> = new Set([
  'ascii',
  'bigint',
  'blob',
  'boolean',
  'counter',
  'date',
  'decimal',
  'double',
  'duration',
  'empty',
  'float',
  'inet',
  'int',
  'smallint',
  'text',
  'time',
  'timestamp',
  'timeuuid',
  'tinyint',
  'uuid',
  'varchar',
  'varint',
])

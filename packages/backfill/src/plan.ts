import { createHash } from 'node:crypto'
import { type Column, hasReadableWriteTime, quoteName, type Table, type UserType } from '@zdmkit/cluster'
import { BackfillError } from './errors.ts'

/** What one statement of a table writes; each kind is prepared once. */
export type WriteKind =
  | 'row'
  | 'marker'
  | 'cells'
  | 'elements'
  | 'lists'
  | 'static_cells'
  | 'static_elements'
  | 'static_lists'

/** How the columns of a row, or of a partition's statics, are written. Places are those of `ScannedRow.cells`. */
export interface ColumnParts {
  /** One cell with a readable write time each. */
  readonly cells: readonly number[]
  /** Sets, maps and user types that are not frozen: written element by element, never as a whole. */
  readonly elements: readonly ElementColumn[]
  /** Lists that are not frozen: written as a whole. */
  readonly lists: readonly number[]
}

export interface ElementColumn {
  readonly place: number
  /** Fields of a user type; 0 for a set or map, whose bytes are bound as they are. */
  readonly fieldCount: number
}

/** How one table is copied. */
export interface TablePlan {
  readonly table: Table
  readonly regulars: ColumnParts
  readonly statics: ColumnParts
  /** Statement text by kind. Every one says USING TIMESTAMP ? AND TTL ?. */
  readonly statements: ReadonlyMap<WriteKind, string>
  /** `default_time_to_live` of the target's table; 0 is none. */
  readonly targetDefaultTtlSeconds: number
  /** Changes when a column does. */
  readonly schemaHash: string
}

/** Where deleted data could come back: a tombstone must outlive the time between the read of a row and its write. */
export const GC_GRACE_SECONDS_MIN = 120

export interface PlanOptions {
  /** User types of multi-cell columns, by name as the column's type has it. */
  readonly userTypes: ReadonlyMap<string, UserType>
  readonly acceptsLowGcGrace: boolean
}

/**
 * Decides how a table is copied, or refuses it.
 * @throws BACKFILL_TABLE_COUNTER, BACKFILL_TABLE_VIEW, BACKFILL_TABLE_MISMATCH, BACKFILL_TABLE_GC_GRACE
 */
export function planTable(origin: Table, target: Table, options: PlanOptions): TablePlan {
  const name = `${origin.keyspace}.${origin.name}`
  if (origin.isView || target.isView) {
    throw new BackfillError(
      'BACKFILL_TABLE_VIEW',
      `${name} is a materialized view; copy its base table, which fills it`,
    )
  }
  if (origin.isCounter || target.isCounter) {
    throw new BackfillError(
      'BACKFILL_TABLE_COUNTER',
      `${name} is a counter table; increments have no write time, so a copy beside live traffic cannot be exact. ` +
        'Leave it out of the tables and copy it while writes are stopped',
    )
  }
  const differences = compareTables(origin, target)
  if (differences.length > 0) {
    throw new BackfillError(
      'BACKFILL_TABLE_MISMATCH',
      `${name} is not the same on both clusters: ${differences.join('; ')}`,
    )
  }
  if (target.gcGraceSeconds < GC_GRACE_SECONDS_MIN && !options.acceptsLowGcGrace) {
    throw new BackfillError(
      'BACKFILL_TABLE_GC_GRACE',
      `${name} on the target has gc_grace_seconds ${target.gcGraceSeconds}, less than ${GC_GRACE_SECONDS_MIN}: a row ` +
        'deleted while it is copied could come back. Raise it for the time of the copy, or accept low-gc-grace',
    )
  }
  const regulars = splitColumns(origin.regulars, options.userTypes)
  const statics = splitColumns(origin.statics, options.userTypes)
  return {
    table: origin,
    regulars,
    statics,
    statements: writeStatements(origin, regulars, statics, options.userTypes),
    targetDefaultTtlSeconds: target.defaultTtlSeconds,
    schemaHash: hashSchema(origin),
  }
}

/** What a plan cannot carry over exactly, in words for the report. */
export function planGuesses(plan: TablePlan, collectionWriteTimes: 'unreadable' | 'unused'): string[] {
  const { table } = plan
  const why =
    collectionWriteTimes === 'unreadable'
      ? 'the origin cannot tell their write times'
      : 'their write times are not read by this version'
  const guesses: string[] = []
  for (const [columns, parts] of [
    [table.regulars, plan.regulars],
    [table.statics, plan.statics],
  ] as const) {
    const nameOf = (place: number) => columns[place]?.name ?? ''
    const elements = parts.elements.map(({ place }) => nameOf(place))
    const lists = parts.lists.map(nameOf)
    if (elements.length > 0) guesses.push(`${elements.join(', ')}: element by element at the fence, because ${why}`)
    if (lists.length > 0) {
      guesses.push(
        `${lists.join(', ')}: whole list at a time before the fence, because ${why}; an element appended or removed ` +
          'while its row is copied may be doubled or come back',
      )
    }
  }
  if (table.defaultTtlSeconds !== plan.targetDefaultTtlSeconds) {
    guesses.push(
      `default_time_to_live is ${table.defaultTtlSeconds} on the origin and ${plan.targetDefaultTtlSeconds} on the target: ` +
        'copied cells keep the TTL they had, writes through the proxy get that of each cluster',
    )
  }
  return guesses
}

function compareTables(origin: Table, target: Table): string[] {
  const differences: string[] = []
  const others = new Map(target.columns.map((column) => [column.name, column]))
  for (const column of origin.columns) {
    const other = others.get(column.name)
    others.delete(column.name)
    if (!other) differences.push(`the target has no column ${column.name}`)
    else if (other.type !== column.type || other.kind !== column.kind || other.position !== column.position) {
      differences.push(`${column.name} is ${describe(column)} on the origin and ${describe(other)} on the target`)
    }
  }
  for (const other of others.values()) {
    // A further column that is no part of the key stays empty, which is what adding it ahead of the move looks like.
    if (other.position >= 0) differences.push(`${other.name} is part of the key on the target only`)
  }
  return differences
}

function describe({ type, kind, position }: Column): string {
  return position < 0 ? `${kind} ${type}` : `${kind} ${position} ${type}`
}

function splitColumns(columns: readonly Column[], userTypes: ReadonlyMap<string, UserType>): ColumnParts {
  const cells: number[] = []
  const elements: ElementColumn[] = []
  const lists: number[] = []
  columns.forEach((column, place) => {
    if (hasReadableWriteTime(column)) cells.push(place)
    else if (column.collection === 'list') lists.push(place)
    else elements.push({ place, fieldCount: fieldsOf(column, userTypes).length })
  })
  return { cells, elements, lists }
}

function fieldsOf(column: Column, userTypes: ReadonlyMap<string, UserType>): UserType['fields'] {
  if (column.collection !== 'udt') return []
  const userType = userTypes.get(column.type)
  if (!userType) throw new TypeError(`the plan was not given the user type ${column.type} of column ${column.name}`)
  return userType.fields
}

function writeStatements(
  table: Table,
  regulars: ColumnParts,
  statics: ColumnParts,
  userTypes: ReadonlyMap<string, UserType>,
): Map<WriteKind, string> {
  const name = `${quoteName(table.keyspace)}.${quoteName(table.name)}`
  const partitionKey = table.partitionKey.map((column) => quoteName(column.name))
  const primaryKey = [...partitionKey, ...table.clusteringKey.map((column) => quoteName(column.name))]
  const statements = new Map<WriteKind, string>()

  const insert = (kind: WriteKind, columns: readonly string[]) => {
    const markers = columns.map(() => '?').join(', ')
    statements.set(kind, `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${markers}) USING TIMESTAMP ? AND TTL ?`)
  }
  const update = (kind: WriteKind, assignments: readonly string[], key: readonly string[]) => {
    if (assignments.length === 0) return
    const where = key.map((column) => `${column} = ?`).join(' AND ')
    statements.set(kind, `UPDATE ${name} USING TIMESTAMP ? AND TTL ? SET ${assignments.join(', ')} WHERE ${where}`)
  }
  const names = (columns: readonly Column[], places: readonly number[]) =>
    places.map((place) => quoteName(columns[place]?.name ?? ''))
  const elementAssignments = (columns: readonly Column[], parts: ColumnParts) =>
    parts.elements.flatMap(({ place }) => {
      const column = columns[place] as Column
      const quoted = quoteName(column.name)
      if (column.collection !== 'udt') return [`${quoted} = ${quoted} + ?`]
      return fieldsOf(column, userTypes).map((field) => `${quoted}.${quoteName(field.name)} = ?`)
    })
  const assign = (column: string) => `${column} = ?`

  insert('marker', primaryKey)
  insert('row', [...primaryKey, ...names(table.regulars, regulars.cells)])
  update('cells', names(table.regulars, regulars.cells).map(assign), primaryKey)
  update('elements', elementAssignments(table.regulars, regulars), primaryKey)
  update('lists', names(table.regulars, regulars.lists).map(assign), primaryKey)
  update('static_cells', names(table.statics, statics.cells).map(assign), partitionKey)
  update('static_elements', elementAssignments(table.statics, statics), partitionKey)
  update('static_lists', names(table.statics, statics.lists).map(assign), partitionKey)
  return statements
}

function hashSchema(table: Table): string {
  const columns = table.columns.map(({ name, type, kind, position }) => [name, type, kind, position])
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex').slice(0, 16)
}

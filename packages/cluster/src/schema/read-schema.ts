import { ClusterError } from '../errors.ts'
import { assembleTable, type ColumnKind, type ColumnRow, type Table, type UserType } from './table.ts'

/** Runs one bound statement and gives all its rows. */
export type Execute = (cql: string, params: unknown[]) => Promise<Record<string, unknown>[]>

/**
 * Names of the keyspace's tables, sorted; views are not among them.
 * @throws CLUSTER_UNKNOWN_KEYSPACE
 */
export async function listTables(execute: Execute, keyspace: string): Promise<string[]> {
  const rows = await execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [keyspace])
  if (rows.length === 0) await requireKeyspace(execute, keyspace)
  return rows.map(({ table_name }) => String(table_name)).sort()
}

/** Names of the keyspace's materialized views, sorted. */
export async function listViews(execute: Execute, keyspace: string): Promise<string[]> {
  const rows = await execute('SELECT view_name FROM system_schema.views WHERE keyspace_name = ?', [keyspace])
  return rows.map(({ view_name }) => String(view_name)).sort()
}

/** @throws CLUSTER_UNKNOWN_KEYSPACE, CLUSTER_UNKNOWN_TABLE */
export async function readTable(execute: Execute, keyspace: string, name: string): Promise<Table> {
  const key = [keyspace, name]
  const options = 'default_time_to_live, gc_grace_seconds'
  const [tables, views, columns] = await Promise.all([
    execute(`SELECT ${options} FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?`, key),
    execute(`SELECT ${options} FROM system_schema.views WHERE keyspace_name = ? AND view_name = ?`, key),
    execute(
      'SELECT column_name, type, kind, position, clustering_order FROM system_schema.columns ' +
        'WHERE keyspace_name = ? AND table_name = ?',
      key,
    ),
  ])
  const row = tables[0] ?? views[0]
  if (!row) {
    await requireKeyspace(execute, keyspace)
    throw new ClusterError('CLUSTER_UNKNOWN_TABLE', `keyspace ${keyspace} has no table ${name}`)
  }
  const { default_time_to_live: defaultTtl, gc_grace_seconds: gcGrace } = row
  return assembleTable(
    keyspace,
    name,
    { defaultTtlSeconds: Number(defaultTtl ?? 0), gcGraceSeconds: Number(gcGrace ?? 0), isView: tables.length === 0 },
    columns.map(parseColumnRow),
  )
}

/** @throws CLUSTER_UNKNOWN_TABLE when there is no such type */
export async function readUserType(execute: Execute, keyspace: string, name: string): Promise<UserType> {
  const rows = await execute(
    'SELECT field_names, field_types FROM system_schema.types WHERE keyspace_name = ? AND type_name = ?',
    [keyspace, name],
  )
  const row = rows[0]
  if (!row) throw new ClusterError('CLUSTER_UNKNOWN_TABLE', `keyspace ${keyspace} has no user type ${name}`)
  const { field_names: names, field_types: types } = row as { field_names: string[]; field_types: string[] }
  return { keyspace, name, fields: names.map((field, i) => ({ name: field, type: types[i] ?? '' })) }
}

async function requireKeyspace(execute: Execute, keyspace: string): Promise<void> {
  const rows = await execute('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [keyspace])
  if (rows.length === 0) throw new ClusterError('CLUSTER_UNKNOWN_KEYSPACE', `there is no keyspace ${keyspace}`)
}

function parseColumnRow({ column_name, type, kind, position, clustering_order }: Record<string, unknown>): ColumnRow {
  return {
    name: String(column_name),
    type: String(type),
    kind: kind as ColumnKind,
    position: Number(position),
    order: clustering_order as ColumnRow['order'],
  }
}

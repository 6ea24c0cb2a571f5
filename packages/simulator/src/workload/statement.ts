import { quoteName } from '@zdmkit/cluster'
import type { Read, RowKey, Write } from './operation.ts'
import { TABLES, type TableName, valueColumns } from './tables.ts'
import { literalOf, parameterOf, type Value } from './value.ts'

export interface Statement {
  readonly cql: string
  /** Empty where all values stand in the text. */
  readonly params: readonly unknown[]
}

const FILTERED = 5
const LIMITED = 10
/** The only function that the application leaves to the server. */
const NOW = 'toTimestamp(now())'

export function writeStatement(keyspace: string, write: Write): Statement {
  const params: unknown[] = []
  const place = (column: string, value: Value): string => {
    const type = TABLES[write.table].types[column] ?? 'text'
    if (write.form === 'literal') return literalOf(type, value)
    params.push(parameterOf(type, value))
    return '?'
  }
  const terms = (values: Readonly<Record<string, Value>>): [string, string][] =>
    Object.entries(values).map(([column, value]) => [column, place(column, value)])
  const cql = writeText(tableName(keyspace, write.table), write, terms)
  return { cql, params }
}

function writeText(
  table: string,
  write: Write,
  terms: (values: Readonly<Record<string, Value>>) => [string, string][],
): string {
  const ttl = write.ttlSeconds === null ? '' : ` USING TTL ${write.ttlSeconds}`
  const computed = write.computed.map((column): [string, string] => [column, NOW])
  const equal = ([column, term]: [string, string]): string => `${column} = ${term}`
  switch (write.kind) {
    case 'INSERT': {
      const set = [...terms(write.key), ...terms(write.values), ...computed]
      const columns = set.map(([column]) => column).join(', ')
      return `INSERT INTO ${table} (${columns}) VALUES (${set.map(([, term]) => term).join(', ')})${ttl}`
    }
    case 'UPDATE': {
      const set = [...terms(write.values), ...computed].map(equal).join(', ')
      return `UPDATE ${table}${ttl} SET ${set} WHERE ${terms(write.key).map(equal).join(' AND ')}`
    }
    case 'DELETE':
      return `DELETE FROM ${table} WHERE ${terms(write.key).map(equal).join(' AND ')}`
  }
}

export function readStatement(keyspace: string, read: Read): Statement {
  const users = tableName(keyspace, 'users')
  switch (read.kind) {
    case 'LIMIT':
      return { cql: `SELECT * FROM ${users} LIMIT ${LIMITED}`, params: [] }
    case 'FILTER': {
      // ALLOW FILTERING so that it also runs where the index on status was not made.
      const cql = `SELECT username, email FROM ${users} WHERE status = 'active' LIMIT ${FILTERED} ALLOW FILTERING`
      return { cql, params: [] }
    }
    case 'COUNT':
      return { cql: `SELECT COUNT(*) FROM ${users}`, params: [] }
    case 'KEY':
      return selectByKey(keyspace, read.table, read.key)
  }
}

/** All columns that the application writes, of one row. */
export function selectByKey(keyspace: string, table: TableName, key: RowKey): Statement {
  const { key: keyColumns, types } = TABLES[table]
  const where = keyColumns.map((column) => `${column} = ?`).join(' AND ')
  return {
    cql: `SELECT ${valueColumns(table).join(', ')} FROM ${tableName(keyspace, table)} WHERE ${where}`,
    params: keyColumns.map((column) => parameterOf(types[column] ?? 'text', key[column] ?? null)),
  }
}

function tableName(keyspace: string, table: TableName): string {
  return `${quoteName(keyspace)}.${table}`
}

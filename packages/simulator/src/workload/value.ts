import { types } from '@zdmkit/cluster'
import type { ColumnType } from './tables.ts'

/**
 * A cell as the ledger keeps it: uuid, text, decimal and int as text, timestamp as ISO 8601 in UTC with milliseconds, date as
 * `YYYY-MM-DD`, a list as an array, a map as an object. Null is no cell; an empty collection that is not frozen is none too.
 */
export type Value = string | null | readonly string[] | Readonly<Record<string, string>>

/** The value as a CQL literal. */
export function literalOf(type: ColumnType, value: Value): string {
  if (value === null) return 'null'
  if (isList(value)) return `[${value.map(quote).join(', ')}]`
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, element]) => `${quote(key)}: ${quote(element)}`)
      .join(', ')}}`
  }
  return type === 'uuid' || type === 'decimal' || type === 'int' ? value : quote(value)
}

/** The value as the driver binds it. */
export function parameterOf(type: ColumnType, value: Value): unknown {
  if (typeof value !== 'string') return value
  switch (type) {
    case 'timestamp':
      return new Date(value)
    case 'uuid':
      return types.Uuid.fromString(value)
    case 'decimal':
      return types.BigDecimal.fromString(value)
    case 'int':
      return Number(value)
    case 'date':
      return types.LocalDate.fromString(value)
    case 'text':
    case 'list<text>':
    case 'map<text, text>':
      return value
  }
}

/** A value that the driver read, in the ledger's form. */
export function valueOfCell(read: unknown): Value {
  if (read === null || read === undefined) return null
  if (read instanceof Date) return read.toISOString()
  if (Array.isArray(read)) return read.length === 0 ? null : read.map(String)
  // Uuid, BigDecimal and LocalDate are objects of the driver's classes; a map is a plain one.
  if (typeof read === 'object' && Object.getPrototypeOf(read) === Object.prototype) {
    const entries = Object.entries(read).map(([key, element]) => [key, String(element)] as const)
    return entries.length === 0 ? null : Object.fromEntries(entries)
  }
  return String(read)
}

/** A text that is equal for equal values only. */
export function textOf(value: Value): string {
  if (value === null || typeof value === 'string') return JSON.stringify(value)
  if (isList(value)) return value.length === 0 ? 'null' : JSON.stringify(value)
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return entries.length === 0 ? 'null' : JSON.stringify({ map: entries })
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

import type { ScannedRow } from './scan.ts'
import type { Column, Table } from './schema/table.ts'

/**
 * Names a row for people. By default its table, token and kind, and no value of it; with `values: 'shown'` its primary key
 * too, text and numbers as they are and other types as hex.
 */
export function formatKey(
  table: Table,
  row: Pick<ScannedRow, 'kind' | 'token' | 'key' | 'clustering'>,
  options: { readonly values: 'hidden' | 'shown' } = { values: 'hidden' },
): string {
  const what = `${table.keyspace}.${table.name} ${row.kind === 'static' ? 'statics' : 'row'} at token ${row.token}`
  if (options.values === 'hidden') return what
  const columns = [...table.partitionKey, ...(row.kind === 'static' ? [] : table.clusteringKey)]
  const cells = [...row.key, ...row.clustering]
  return `${what} (${columns.map((column, i) => `${column.name}=${formatCell(column, cells[i] ?? null)}`).join(', ')})`
}

function formatCell(column: Column, cell: Buffer | null): string {
  if (cell === null) return 'null'
  switch (column.type) {
    case 'ascii':
    case 'text':
    case 'varchar':
      return JSON.stringify(cell.toString('utf8'))
    case 'uuid':
    case 'timeuuid':
      return cell.length === 16 ? formatUuid(cell) : formatHex(cell)
    case 'tinyint':
      return cell.length === 1 ? String(cell.readInt8()) : formatHex(cell)
    case 'smallint':
      return cell.length === 2 ? String(cell.readInt16BE()) : formatHex(cell)
    case 'int':
      return cell.length === 4 ? String(cell.readInt32BE()) : formatHex(cell)
    case 'bigint':
      return cell.length === 8 ? String(cell.readBigInt64BE()) : formatHex(cell)
    case 'timestamp':
      return cell.length === 8 ? formatTimestamp(cell.readBigInt64BE()) : formatHex(cell)
    case 'date':
      return cell.length === 4 ? formatDate(cell.readUInt32BE()) : formatHex(cell)
    default:
      return formatHex(cell)
  }
}

function formatUuid(cell: Buffer): string {
  return cell.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** JavaScript's dates end at 8.64e15 ms; beyond that the number is all there is to show. */
function formatTimestamp(ms: bigint): string {
  const date = new Date(Number(ms))
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString()
}

/** Days since 1970-01-01, shifted by 2^31 (native protocol v4, section 6.6). */
function formatDate(shifted: number): string {
  const date = new Date((shifted - 2 ** 31) * 86_400_000)
  return Number.isNaN(date.getTime()) ? `day ${shifted - 2 ** 31}` : date.toISOString().slice(0, 10)
}

function formatHex(cell: Buffer): string {
  return `0x${cell.toString('hex')}`
}

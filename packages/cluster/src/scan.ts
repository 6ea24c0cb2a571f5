import type { Cluster } from './cluster.ts'
import type { ConsistencyName } from './consistency.ts'
import { ClusterError } from './errors.ts'
import type { RawSession } from './raw/raw-session.ts'
import type { RawPage, RawStatement, RawValue } from './raw/raw-statement.ts'
import { type RetryOptions, retrying } from './retry.ts'
import { checkRange, RING_START, splitRing, type TokenRange } from './ring.ts'
import { quoteName } from './schema/quote-name.ts'
import type { Column, Table } from './schema/table.ts'

const PAGE_SIZE = 1000
/** Rows of a range's first page where pages are bounded by bytes: enough to know how large rows are. */
const FIRST_PAGE_SIZE = 100

/** One row, or the static cells of one partition, as bytes. */
export interface ScannedRow {
  /** `static`: the partition's static cells, given once, before its rows, and only where one is set. */
  readonly kind: 'row' | 'static'
  readonly token: bigint
  /** Cells of the partition key. */
  readonly key: Buffer[]
  /** Cells of the clustering key; empty for `static`. */
  readonly clustering: (Buffer | null)[]
  /** In the order of `ScanColumns.regulars`, or of `.statics` for a `static`. */
  readonly cells: (Buffer | null)[]
  /** Microseconds since 1970, by cell; null where there is no cell or its write time cannot be read. */
  readonly writeTimes: (bigint | null)[]
  /** Seconds left at `readAtMs`, by cell; null where the cell does not expire or its TTL cannot be read. */
  readonly ttls: (number | null)[]
  /** When the page with this row was asked for; milliseconds since 1970, this machine's clock. */
  readonly readAtMs: number
}

/** The columns of a scan, in the order of its cells. */
export interface ScanColumns {
  readonly regulars: readonly Column[]
  readonly statics: readonly Column[]
}

export interface ScanOptions {
  /** Default: the whole ring as one range. Scanned one after the other; run several scans for more at once. */
  readonly ranges?: readonly TokenRange[]
  /** Names of the regular and static columns to read; default all. Key columns are always read. */
  readonly columns?: readonly string[]
  /** Whether to read the write time and TTL of the cells that have a readable one. */
  readonly writeTimes: boolean
  /** Most rows per page. Default 1000. */
  readonly pageSize?: number
  /** About how many bytes of cells a page may have; the rows of the page before say how many rows that is. Default: any. */
  readonly pageBytes?: number
  readonly consistency?: ConsistencyName
  readonly signal?: AbortSignal
  /** How a page that could not be read is asked for again. */
  readonly retry?: Omit<RetryOptions, 'signal'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Whether WRITETIME and TTL of the column can be selected on every server version. */
export function hasReadableWriteTime(column: Column): boolean {
  return !column.isMultiCell && column.type !== 'counter' && (column.kind === 'regular' || column.kind === 'static')
}

/** @throws CLUSTER_UNKNOWN_COLUMN when a name is no regular or static column of the table */
export function scanColumns(table: Table, names?: readonly string[]): ScanColumns {
  if (!names) return { regulars: table.regulars, statics: table.statics }
  for (const name of names) {
    if (![...table.regulars, ...table.statics].some((column) => column.name === name)) {
      throw new ClusterError(
        'CLUSTER_UNKNOWN_COLUMN',
        `table ${table.keyspace}.${table.name} has no regular or static column ${name}`,
      )
    }
  }
  const isChosen = ({ name }: Column) => names.includes(name)
  return { regulars: table.regulars.filter(isChosen), statics: table.statics.filter(isChosen) }
}

/**
 * Reads a table in token order, a page at a time: within each range rows come by token, and within a partition in clustering
 * order. Cells stay bytes. A page without rows is not given; the scan ends only where the server gives no paging state.
 * @throws CLUSTER_UNSUPPORTED_PARTITIONER, CLUSTER_BAD_RANGE, CLUSTER_UNKNOWN_COLUMN, and the codes of failed requests
 */
export async function* scanTable(cluster: Cluster, table: Table, options: ScanOptions): AsyncGenerator<ScannedRow[]> {
  if (cluster.partitioner !== 'Murmur3Partitioner') {
    throw new ClusterError(
      'CLUSTER_UNSUPPORTED_PARTITIONER',
      `cluster ${cluster.name} uses ${cluster.partitioner}; tables can be scanned by token with Murmur3Partitioner only`,
    )
  }
  const ranges = options.ranges ?? splitRing(1)
  for (const range of ranges) checkRange(range)
  const layout = layOut(table, scanColumns(table, options.columns), options.writeTimes)
  const session = await cluster.raw()
  for (const range of ranges) yield* scanRange(session, layout, range, options)
}

/** Where each part of a row stands among the selected expressions. */
interface Layout {
  readonly table: Table
  readonly regulars: readonly Column[]
  readonly statics: readonly Column[]
  readonly selectors: readonly string[]
  readonly clusteringAt: number
  readonly regularAt: readonly CellPlace[]
  readonly staticAt: readonly CellPlace[]
}

interface CellPlace {
  readonly value: number
  /** -1: not selected. */
  readonly writeTime: number
  readonly ttl: number
}

function layOut(table: Table, columns: ScanColumns, withWriteTimes: boolean): Layout {
  const keyNames = table.partitionKey.map(({ name }) => quoteName(name))
  const selectors = [
    `token(${keyNames.join(', ')})`,
    ...keyNames,
    ...table.clusteringKey.map(({ name }) => quoteName(name)),
  ]
  const place = (column: Column): CellPlace => {
    const name = quoteName(column.name)
    const value = selectors.push(name) - 1
    if (!withWriteTimes || !hasReadableWriteTime(column)) return { value, writeTime: -1, ttl: -1 }
    selectors.push(`WRITETIME(${name})`, `TTL(${name})`)
    return { value, writeTime: value + 1, ttl: value + 2 }
  }
  const staticAt = columns.statics.map(place)
  const regularAt = columns.regulars.map(place)
  return { table, ...columns, selectors, clusteringAt: 1 + keyNames.length, regularAt, staticAt }
}

async function* scanRange(
  session: RawSession,
  layout: Layout,
  range: TokenRange,
  options: ScanOptions,
): AsyncGenerator<ScannedRow[]> {
  const { statement, values } = await select(session, layout, range, options)
  const now = options.now ?? Date.now
  const retry: RetryOptions = { ...options.retry, signal: options.signal }
  const pageSizeMax = options.pageSize ?? PAGE_SIZE
  let pageSize = options.pageBytes === undefined ? pageSizeMax : Math.min(FIRST_PAGE_SIZE, pageSizeMax)
  let pagingState: Buffer | null = null
  let partition: Buffer[] | null = null
  do {
    const state: Buffer | null = pagingState
    let readAtMs = 0
    const page: RawPage = await retrying(() => {
      readAtMs = now()
      return session.execute(statement, values, {
        pageSize,
        ...(options.consistency ? { consistency: options.consistency } : {}),
        ...(state ? { pagingState: state } : {}),
      })
    }, retry)
    pagingState = page.pagingState
    const rows: ScannedRow[] = []
    for (const cells of page.rows) partition = parseRow(cells, layout, { readAtMs, partition, rows })
    if (options.pageBytes !== undefined && page.rows.length > 0) {
      pageSize = Math.min(Math.max(Math.floor(options.pageBytes / meanRowBytes(page.rows)), 1), pageSizeMax)
    }
    if (rows.length > 0) yield rows
  } while (pagingState)
}

async function select(
  session: RawSession,
  layout: Layout,
  range: TokenRange,
  options: ScanOptions,
): Promise<{ statement: RawStatement; values: RawValue[] }> {
  const { table, selectors } = layout
  // The first range of a ring includes its smallest token, below which there is no token to exclude.
  const isFromRingStart = range.start === RING_START
  const cql =
    `SELECT ${selectors.join(', ')} FROM ${quoteName(table.keyspace)}.${quoteName(table.name)} ` +
    `WHERE ${selectors[0]} ${isFromRingStart ? '>=' : '>'} ? AND ${selectors[0]} <= ?`
  const statement = await retrying(() => session.prepare(cql), { ...options.retry, signal: options.signal })
  return { statement, values: [tokenCell(isFromRingStart ? range.start + 1n : range.start), tokenCell(range.end)] }
}

function tokenCell(token: bigint): Buffer {
  const cell = Buffer.alloc(8)
  cell.writeBigInt64BE(token)
  return cell
}

/** Adds what one selected row stands for to `into.rows`, and gives its partition key. */
function parseRow(
  selected: (Buffer | null)[],
  layout: Layout,
  into: { readAtMs: number; partition: Buffer[] | null; rows: ScannedRow[] },
): Buffer[] {
  const tokenBytes = selected[0]
  if (!tokenBytes || selected.length !== layout.selectors.length) {
    throw new ClusterError(
      'CLUSTER_BAD_RESULT',
      `scan of ${layout.table.keyspace}.${layout.table.name} got ${selected.length} cells where ` +
        `${layout.selectors.length} were selected`,
    )
  }
  const token = tokenBytes.readBigInt64BE()
  const key = selected.slice(1, layout.clusteringAt) as Buffer[]
  const clustering = selected.slice(layout.clusteringAt, layout.clusteringAt + layout.table.clusteringKey.length)
  const { readAtMs, rows } = into
  if (layout.statics.length > 0 && !isSameKey(into.partition, key)) {
    const row: ScannedRow = {
      kind: 'static',
      token,
      key,
      clustering: [],
      readAtMs,
      ...cellsAt(selected, layout.staticAt),
    }
    if (row.cells.some((cell) => cell !== null)) rows.push(row)
  }
  // A partition that has static cells and no row is selected as one row whose clustering key is null.
  const isOnlyStatic = layout.table.statics.length > 0 && clustering.every((cell) => cell === null)
  if (!isOnlyStatic)
    rows.push({ kind: 'row', token, key, clustering, readAtMs, ...cellsAt(selected, layout.regularAt) })
  return key
}

function cellsAt(
  selected: readonly (Buffer | null)[],
  places: readonly CellPlace[],
): Pick<ScannedRow, 'cells' | 'writeTimes' | 'ttls'> {
  const cells: (Buffer | null)[] = []
  const writeTimes: (bigint | null)[] = []
  const ttls: (number | null)[] = []
  for (const place of places) {
    const cell = selected[place.value] ?? null
    const writeTime = place.writeTime < 0 ? null : selected[place.writeTime]
    const ttl = place.ttl < 0 ? null : selected[place.ttl]
    cells.push(cell)
    writeTimes.push(writeTime ? writeTime.readBigInt64BE() : null)
    ttls.push(ttl ? ttl.readInt32BE() : null)
  }
  return { cells, writeTimes, ttls }
}

function meanRowBytes(rows: readonly (readonly (Buffer | null)[])[]): number {
  let bytes = 0
  for (const row of rows) for (const cell of row) bytes += cell?.length ?? 0
  return Math.max(bytes / rows.length, 1)
}

function isSameKey(left: readonly Buffer[] | null, right: readonly Buffer[]): boolean {
  if (left === null) return false
  for (let i = 0; i < right.length; i++) {
    if (!left[i]?.equals(right[i] as Buffer)) return false
  }
  return true
}

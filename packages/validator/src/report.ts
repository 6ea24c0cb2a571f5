import type { DifferenceKind } from './suspect.ts'

/** One difference, named. Keys are shown, values are not. */
export interface ListedDifference {
  /** `moving`: written to since the scan began and not equal at any try. */
  readonly kind: DifferenceKind | 'moving'
  /** What was different at the last try. */
  readonly difference: DifferenceKind
  /** `static`: the static cells of the partition. */
  readonly unit: 'row' | 'static'
  readonly key: string
  /** Names of the columns with other bytes; empty where the whole row is missing or extra. */
  readonly columns: readonly string[]
}

/** Counts of one table. Static cells of a partition count as one, beside its rows. */
export interface TableReport {
  readonly table: string
  /** Rows that the scan of each side gave. */
  readonly originRows: number
  readonly targetRows: number
  readonly equal: number
  /** On origin, not on target. */
  readonly missing: number
  /** On target, not on origin. */
  readonly extra: number
  readonly different: number
  /** Not equal and written to while the validation ran: neither equal nor proven different. */
  readonly moving: number
  /** Differences that the scan saw and that were read again. */
  readonly rechecked: number
  /** Of these, the ones that were gone. */
  readonly resolved: number
  /** The first differences, at most `maxListed`. */
  readonly listed: readonly ListedDifference[]
}

/** What a validation found. */
export interface ValidationReport {
  readonly schemaVersion: 1
  readonly kind: 'validation'
  readonly keyspace: string
  readonly origin: { readonly name: string; readonly releaseVersion: string }
  readonly target: { readonly name: string; readonly releaseVersion: string }
  /** ISO 8601. */
  readonly startedAt: string
  readonly elapsedSeconds: number
  /** Ranges into which the whole ring was cut. */
  readonly ranges: number
  readonly consistency: string
  readonly tables: readonly TableReport[]
  /** Tables of the target that the origin does not have; not compared, no difference. */
  readonly onlyOnTarget: readonly string[]
  /** Whether every row of every table is on both sides with the same bytes. */
  readonly equal: boolean
}

/** Whether nothing differs, moving rows included. */
export function isEqual(table: Pick<TableReport, 'missing' | 'extra' | 'different' | 'moving'>): boolean {
  return table.missing + table.extra + table.different + table.moving === 0
}

const COLUMNS = [
  ['table', (table: TableReport) => table.table],
  ['origin', (table: TableReport) => formatCount(table.originRows)],
  ['target', (table: TableReport) => formatCount(table.targetRows)],
  ['equal', (table: TableReport) => formatCount(table.equal)],
  ['missing', (table: TableReport) => formatCount(table.missing)],
  ['extra', (table: TableReport) => formatCount(table.extra)],
  ['different', (table: TableReport) => formatCount(table.different)],
  ['moving', (table: TableReport) => formatCount(table.moving)],
  ['rechecked', (table: TableReport) => formatCount(table.rechecked)],
  ['resolved', (table: TableReport) => formatCount(table.resolved)],
] as const

/** The report as text: a table, the differences that are listed, the verdict. */
export function reportLines(report: ValidationReport): string[] {
  const rows = [COLUMNS.map(([title]) => title as string), ...report.tables.map((table) => cellsOf(table))]
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const lines = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
  for (const table of report.tables) lines.push(...differenceLines(table))
  if (report.onlyOnTarget.length > 0) lines.push('', `Only on target, not compared: ${report.onlyOnTarget.join(', ')}`)
  return [...lines, '', verdictLine(report)]
}

function cellsOf(table: TableReport): string[] {
  return COLUMNS.map(([, text]) => text(table))
}

function differenceLines(table: TableReport): string[] {
  if (isEqual(table)) return []
  const all = table.missing + table.extra + table.different + table.moving
  const lines = table.listed.map(({ kind, difference, key, columns }) => {
    const what = kind === 'moving' ? `moving (${difference})` : kind
    return `  ${what}: ${key}${columns.length > 0 ? `: ${columns.join(', ')}` : ''}`
  })
  const unlisted = all - table.listed.length
  return ['', `${table.table}:`, ...lines, ...(unlisted > 0 ? [`  and ${formatCount(unlisted)} more`] : [])]
}

function verdictLine({ tables, equal, elapsedSeconds }: ValidationReport): string {
  const sum = (pick: (table: TableReport) => number): string =>
    formatCount(tables.reduce((total, table) => total + pick(table), 0))
  const seconds = `${elapsedSeconds.toFixed(1)} s`
  if (equal) return `Equal: ${sum((table) => table.originRows)} rows of ${tables.length} tables in ${seconds}`
  const moving = tables.reduce((total, table) => total + table.moving, 0)
  const hint = moving > 0 ? '; run again once the rows that move are at rest' : ''
  return (
    `Not equal: ${sum((table) => table.missing)} missing, ${sum((table) => table.extra)} extra, ` +
    `${sum((table) => table.different)} different, ${formatCount(moving)} moving in ${seconds}${hint}`
  )
}

/** Thousands by commas. */
function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

import type { Tally } from './tally.ts'

/** What became of one table, ranges finished by earlier runs of the same checkpoint included. */
export interface TableReport extends Tally {
  table: string
  rangesDone: number
  rangesTotal: number
  /** How many of the rows read were read by earlier runs. */
  rowsResumed: number
  /** Of this run. */
  seconds: number
  /** What could not be copied exactly and how it was decided, in words. */
  guessed: string[]
}

/** A range that is not done. */
export interface RangeFailure {
  table: string
  /** Exclusive; a decimal number. */
  start: string
  /** Inclusive; a decimal number. */
  end: string
  code: string
  message: string
}

/** Plain data that JSON can hold: 64-bit numbers are decimal text. */
export interface BackfillReport {
  /** `complete`: every range of every table is done. `failed`: some are not. `interrupted`: stopped before the end. */
  outcome: 'complete' | 'failed' | 'interrupted'
  origin: string
  target: string
  keyspace: string
  /** Microseconds since 1970. */
  fenceMicros: string
  markers: string
  gate:
    | {
        mode: 'proxy'
        generation: number
        dualSinceMicros: string
        /** Whether the proxy wrote to both clusters all the time; `unknown`: it did not answer at the end. */
        atEnd: 'dual' | 'not_dual' | 'unknown'
      }
    | { mode: 'offline' }
  tables: TableReport[]
  failures: RangeFailure[]
  rowsRead: number
  rowsWritten: number
  rowsFailed: number
  bytes: number
  seconds: number
  /** Rows that this run read, by its seconds. */
  rowsPerSecond: number
}

/** The report as lines of text for people. */
export function formatReport(report: BackfillReport): string {
  const lines = [
    `backfill of ${report.keyspace}: ${report.outcome}`,
    `  ${report.origin} to ${report.target}, fence ${report.fenceMicros} us, ${formatGate(report)}`,
  ]
  for (const table of report.tables) {
    lines.push(
      `  ${table.table}: ${table.rowsRead} rows read, ${table.rowsWritten} written, ` +
        `${table.rowsSkipped.expired} expired, ${table.rowsFailed} failed; ` +
        `${table.rangesDone} of ${table.rangesTotal} ranges in ${table.seconds.toFixed(1)} s`,
    )
    if (table.rowsSkipped.interrupted > 0)
      lines.push(`    ${table.rowsSkipped.interrupted} rows read and not written at the stop`)
    if (table.staticsRead > 0)
      lines.push(`    static cells of ${table.staticsWritten} of ${table.staticsRead} partitions`)
    if (table.rowsResumed > 0) lines.push(`    ${table.rowsResumed} rows of these by earlier runs`)
    for (const guess of table.guessed) lines.push(`    ${guess}`)
  }
  for (const { table, start, end, code, message } of report.failures) {
    lines.push(`  not done: ${table} (${start}, ${end}]: ${code}: ${message}`)
  }
  const { rowsRead, rowsWritten, seconds, rowsPerSecond } = report
  lines.push(
    `  ${rowsRead} rows read, ${rowsWritten} written in ${seconds.toFixed(1)} s (${Math.round(rowsPerSecond)} rows/s)`,
  )
  return `${lines.join('\n')}\n`
}

function formatGate({ gate }: BackfillReport): string {
  if (gate.mode === 'offline') return 'no proxy'
  const still = {
    dual: 'on to the end',
    not_dual: 'NOT ON all the time: rows written meanwhile may be missing',
    unknown: 'not known to be on at the end',
  }
  return `dual writes ${still[gate.atEnd]}`
}

import Table from 'cli-table3'
import type { RequestCounts } from './proxy/metrics.ts'
import type { MigrationReport, PhaseReport } from './report.ts'

type Alignment = 'left' | 'right'

/** The report as text for people, without colours. */
export function formatReport(report: MigrationReport): string {
  const { origin, target, seconds, seed } = report
  return [
    `Migration of keyspace training from ${origin.name} (Cassandra ${origin.releaseVersion}, ${origin.dataCenter}) to ${target.name} (Cassandra ${target.releaseVersion}, ${target.dataCenter})`,
    `in ${seconds.toFixed(1)} s, seed ${seed}`,
    '',
    'The application, by phase',
    phaseTable(report),
    '',
    'Requests, by the counters of the proxy',
    requestTable(report),
    '',
    'Rows',
    rowTable(report),
    '',
    ...guesses(report),
    ledgerLine(report),
    '',
    ...verdictLines(report),
    '',
  ].join('\n')
}

function phaseTable({ phases, traffic }: MigrationReport): string {
  const table = newTable(
    ['phase', 'operations', 'reads', 'writes', 'failed', 'p50 ms', 'p99 ms', 'max ms', 'seconds'],
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  )
  for (const phase of phases) {
    const { operations, reads, writes, failures, p50Ms, p99Ms, maxMs, seconds } = phase
    table.push([
      phaseName(phase),
      ...[operations, reads, writes, failures].map(formatCount),
      ...[p50Ms, p99Ms, maxMs, seconds].map((value) => value.toFixed(1)),
    ])
  }
  const seconds = phases.reduce((total, phase) => total + phase.seconds, 0)
  const { operations, reads, writes, failures } = traffic
  table.push(['all', ...[operations, reads, writes, failures].map(formatCount), '', '', '', seconds.toFixed(1)])
  return table.toString()
}

function requestTable({ phases, requests }: MigrationReport): string {
  const table = newTable(
    [
      'phase',
      'reads by origin',
      'reads by target',
      'writes',
      'sent to origin',
      'sent to target',
      'compared',
      'differed',
    ],
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  )
  const cells = (counts: RequestCounts): string[] => {
    const { readsOrigin, readsTarget, writes, originReads, originWrites, targetReads, targetWrites } = counts
    return [
      ...[readsOrigin, readsTarget, writes, originReads + originWrites, targetReads + targetWrites],
      ...[counts.comparedReads, counts.readMismatches],
    ].map(formatCount)
  }
  for (const phase of phases) table.push([phaseName(phase), ...cells(phase.requests)])
  table.push(['all', ...cells(requests)])
  return table.toString()
}

function rowTable({ seeded, backfill, validation }: MigrationReport): string {
  const table = newTable(
    ['table', 'seeded', 'copied', 'on origin', 'on target', 'equal', 'missing', 'extra', 'different'],
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  )
  const seededRows = new Map<string, number>(Object.entries(seeded))
  for (const { table: name, originRows, targetRows, equal, missing, extra, different, moving } of validation.tables) {
    const copied = backfill.tables.find((one) => one.table === name)
    table.push([
      name,
      ...[seededRows.get(name) ?? 0, copied?.rowsWritten ?? 0, originRows, targetRows].map(formatCount),
      ...[equal, missing, extra, different + moving].map(formatCount),
    ])
  }
  return table.toString()
}

function guesses({ backfill }: MigrationReport): string[] {
  const lines = backfill.tables.flatMap(({ table, guessed }) => guessed.map((guess) => `  ${table}: ${guess}`))
  return lines.length === 0 ? [] : ['What no read can tell, and how the copy decided it', ...lines, '']
}

function ledgerLine({ ledger }: MigrationReport): string {
  const unknown = ledger.unknown === 0 ? '' : `, ${formatCount(ledger.unknown)} without an answer`
  return `Acknowledged writes: ${formatCount(ledger.acknowledged)} on ${formatCount(ledger.rows)} rows looked for on both clusters${unknown}; lost: ${formatCount(ledger.lost.length)}`
}

function verdictLines({ isSuccess, reasons, traffic, ledger }: MigrationReport): string[] {
  if (!isSuccess) return ['FAILED:', ...reasons]
  return [
    `OK: ${formatCount(traffic.operations)} operations, none failed; ${formatCount(ledger.acknowledged)} acknowledged writes, none lost; no row differs`,
  ]
}

function phaseName({ phase, title }: Pick<PhaseReport, 'phase' | 'title'>): string {
  return `${phase} ${title}`
}

/** Without colours and boxes between rows: it has to be readable in a log too. */
function newTable(head: string[], alignments: Alignment[]): Table.Table {
  const none = ['top-mid', 'bottom-mid', 'left-mid', 'mid', 'mid-mid', 'right-mid', 'top-left', 'top-right']
  const chars = Object.fromEntries([...none, 'left', 'right', 'bottom-left', 'bottom-right'].map((name) => [name, '']))
  return new Table({
    head,
    colAligns: alignments,
    chars: { ...chars, top: '', bottom: '', middle: ' ' },
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 0 },
  })
}

/** Thousands by commas. */
function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

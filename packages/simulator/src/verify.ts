import { type Cluster, retrying } from '@zdmkit/cluster'
import { Expectation, type ObservedRow, type VerdictKind } from './expectation.ts'
import { type LedgerEntry, operationText, rowText } from './ledger-entry.ts'
import { verdictText } from './verdict-text.ts'
import type { RowKey } from './workload/operation.ts'
import { selectByKey } from './workload/statement.ts'
import type { TableName } from './workload/tables.ts'
import { valueOfCell } from './workload/value.ts'

export type ClusterRole = 'origin' | 'target'

/** A row that contradicts an acknowledged write. */
export interface LedgerVerdict {
  readonly cluster: ClusterRole
  readonly kind: VerdictKind
  /** Number of the write that is contradicted. */
  readonly operation: number
  /** Names the write: `operation 123 UPDATE training.users user_id=…`; keys are shown, values are not. */
  readonly operationText: string
  /** The whole finding as one line. */
  readonly text: string
  readonly keyspace: string
  readonly table: TableName
  readonly key: RowKey
  /** Columns that show what they must not; empty where that is the whole row. */
  readonly columns: readonly string[]
  /** The operation whose value is shown instead, where the ledger knows it. */
  readonly shownOperation: number | null
}

export interface LedgerVerification {
  /** Rows that were looked at, on each given cluster. */
  readonly rowCount: number
  /** Writes of the ledger that were judged, by outcome. */
  readonly writes: { readonly applied: number; readonly rejected: number; readonly unknown: number }
  /** Empty when every acknowledged write is there, on every given cluster. */
  readonly verdicts: readonly LedgerVerdict[]
}

export interface VerifyLedgerOptions {
  readonly origin?: Pick<Cluster, 'execute'>
  readonly target?: Pick<Cluster, 'execute'>
  /** Leaves out writes issued before: what they set is not judged. */
  readonly since?: Date
  /** Reads in flight per cluster. Default 32. */
  readonly concurrency?: number
  readonly signal?: AbortSignal
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** A row as it was read. */
export interface Observation {
  readonly row: ObservedRow
  /** Milliseconds since 1970. */
  readonly atMs: number
}

/**
 * Reads every row that the ledger names from the given clusters and says which acknowledged writes they do not show. Traffic
 * must have stopped.
 * @throws what reading throws: a row that cannot be read is no verdict
 */
export async function verifyLedger(
  entries: readonly LedgerEntry[],
  options: VerifyLedgerOptions,
): Promise<LedgerVerification> {
  const since = options.since?.getTime() ?? Number.NEGATIVE_INFINITY
  const judged = entries.filter(({ issuedAt }) => Date.parse(issuedAt) >= since)
  const rows = [...new Map(judged.map((entry) => [rowText(entry), entry])).values()]
  const verdicts = await Promise.all(
    (['origin', 'target'] as const).map(async (role) => {
      const cluster = options[role]
      return cluster ? judgeLedger(judged, await observe(cluster, rows, options), role) : []
    }),
  )
  const count = (outcome: LedgerEntry['outcome']): number => judged.filter((entry) => entry.outcome === outcome).length
  return {
    rowCount: rows.length,
    writes: { applied: count('applied'), rejected: count('rejected'), unknown: count('unknown') },
    verdicts: verdicts.flat(),
  }
}

/** The judgement itself: what the ledger says against the rows as one cluster showed them, by `rowText`. */
export function judgeLedger(
  entries: readonly LedgerEntry[],
  observed: ReadonlyMap<string, Observation>,
  cluster: ClusterRole,
): LedgerVerdict[] {
  const verdicts: LedgerVerdict[] = []
  for (const [name, expectation] of expectationsOf(entries)) {
    const observation = observed.get(name)
    const verdict = observation ? expectation.judge(observation.row, observation.atMs) : null
    if (verdict === null) continue
    const { kind, write, columns, shownOperation } = verdict
    const { operation, keyspace, table, key } = write
    verdicts.push({
      ...{ cluster, kind, operation, operationText: operationText(write) },
      text: `${cluster}: ${rowText(write)} is ${verdictText(verdict)}`,
      ...{ keyspace, table, key, columns, shownOperation },
    })
  }
  return verdicts
}

function expectationsOf(entries: readonly LedgerEntry[]): Map<string, Expectation> {
  const expectations = new Map<string, Expectation>()
  // A row has one writer with one operation at a time, so issue order is the order in which they took effect.
  for (const entry of [...entries].sort((left, right) => left.issuedMs - right.issuedMs)) {
    const name = rowText(entry)
    const expectation = expectations.get(name) ?? new Expectation()
    expectation.record(entry)
    expectations.set(name, expectation)
  }
  return expectations
}

async function observe(
  cluster: Pick<Cluster, 'execute'>,
  rows: readonly LedgerEntry[],
  options: VerifyLedgerOptions,
): Promise<Map<string, Observation>> {
  const now = options.now ?? Date.now
  const observed = new Map<string, Observation>()
  const left = rows.values()
  const readRows = async (): Promise<void> => {
    for (const entry of left) {
      options.signal?.throwIfAborted()
      const { cql, params } = selectByKey(entry.keyspace, entry.table, entry.key)
      const [row] = await retrying(() => cluster.execute(cql, params, { isIdempotent: true }), {
        signal: options.signal,
      })
      const atMs = now()
      const cells = row && Object.entries(row).map(([name, cell]) => [name, valueOfCell(cell)] as const)
      observed.set(rowText(entry), { row: cells ? Object.fromEntries(cells) : null, atMs })
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 32 }, readRows))
  return observed
}

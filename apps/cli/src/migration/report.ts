import type { BackfillReport } from '@zdmkit/backfill'
import type { LedgerVerification, SimulationReport } from '@zdmkit/simulator'
import type { TableReport as ValidatedTable } from '@zdmkit/validator'
import type { ExerciseTable } from './exercise-schema.ts'
import type { RequestCounts } from './proxy/metrics.ts'
import type { PhaseRecord } from './walk.ts'

/** One of the two clusters. */
export interface ReportedCluster {
  readonly name: string
  readonly releaseVersion: string
  readonly dataCenter: string
  readonly contactPoints: readonly string[]
  readonly port: number
}

/** A phase, or one step of phase 4: what the application saw and where its requests went. */
export interface PhaseReport extends PhaseRecord {
  readonly operations: number
  readonly reads: number
  readonly writes: number
  readonly failures: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** An operation of the application that failed, named without values. */
export interface ReportedFailure {
  readonly operation: number
  readonly phase: string
  readonly text: string
}

/** An acknowledged write that a cluster does not show, or not as it was acknowledged. */
export interface LostWrite {
  readonly cluster: 'origin' | 'target'
  readonly kind: 'missing' | 'stale' | 'resurrected'
  /** Number of the operation in the traffic. */
  readonly operation: number
  /** Names it: `operation 17 INSERT training.users user_id=…`. */
  readonly write: string
  /** The finding as a sentence. */
  readonly text: string
}

/** Rows copied of one table. */
export interface CopiedTable {
  readonly table: string
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly rowsFailed: number
  readonly seconds: number
  /** What could not be copied exactly, in words. */
  readonly guessed: readonly string[]
}

/** Where something that was left running is, and how it is ended. */
export interface KeptPart {
  readonly what: 'origin' | 'target' | 'proxy'
  /** Name of the provider that ends it; `proxy` for the proxy. */
  readonly provider: string
  readonly handle: string
}

/** What `keep` left running. */
export interface KeptMigration {
  readonly proxy: {
    readonly host: string
    readonly port: number
    readonly metricsUrl: string
    readonly adminUrl: string
    /** File with the token of the admin API. */
    readonly tokenFile: string
  }
  readonly parts: readonly KeptPart[]
}

/** A whole migration. Plain data that JSON can hold. */
export interface MigrationReport {
  readonly schemaVersion: 1
  readonly kind: 'migration'
  /** Whether nothing failed, was lost or differs. */
  readonly isSuccess: boolean
  /** Why not, a line each; empty on success. */
  readonly reasons: readonly string[]
  /** ISO 8601. */
  readonly startedAt: string
  readonly seconds: number
  readonly seed: number
  readonly provider: string
  readonly origin: ReportedCluster
  readonly target: ReportedCluster
  /** Rows alive on the origin before phase 1. */
  readonly seeded: Readonly<Record<ExerciseTable, number>>
  readonly phases: readonly PhaseReport[]
  readonly traffic: {
    readonly operations: number
    readonly reads: number
    readonly writes: number
    readonly failures: number
    /** The first ones. */
    readonly failed: readonly ReportedFailure[]
  }
  /** Over all phases, counted by the proxy to the end. */
  readonly requests: RequestCounts & { readonly unanswered: number }
  readonly backfill: {
    readonly tables: readonly CopiedTable[]
    readonly rowsWritten: number
    readonly seconds: number
  }
  readonly validation: {
    readonly tables: readonly ValidatedTable[]
    readonly isEqual: boolean
    readonly seconds: number
  }
  readonly ledger: {
    /** Rows looked up, on each cluster. */
    readonly rows: number
    readonly acknowledged: number
    /** Ended without a word about being applied or not. */
    readonly unknown: number
    readonly lost: readonly LostWrite[]
  }
  /** Null when everything was stopped. */
  readonly kept: KeptMigration | null
}

/** The phases' records with the application's numbers of the same label. */
export function joinPhases(records: readonly PhaseRecord[], traffic: SimulationReport): PhaseReport[] {
  return records.map((record) => {
    const section = traffic.sections.find(({ label }) => label === record.label)
    const { operations = 0, reads = 0, writes = 0, failures = 0, p50Ms = 0, p99Ms = 0, maxMs = 0 } = section ?? {}
    return { ...record, operations, reads, writes, failures, p50Ms, p99Ms, maxMs }
  })
}

/** The part of the backfill's report that belongs here. */
export function copiedTables(report: BackfillReport): CopiedTable[] {
  return report.tables.map(({ table, rowsRead, rowsWritten, rowsFailed, seconds, guessed }) => {
    return { table, rowsRead, rowsWritten, rowsFailed, seconds, guessed }
  })
}

/** The writes that the ledger's verification found missing, stale or resurrected. */
export function lostWrites(verification: LedgerVerification): LostWrite[] {
  return verification.verdicts.map(({ cluster, kind, operation, operationText, text }) => {
    return { cluster, kind, operation, write: operationText, text }
  })
}

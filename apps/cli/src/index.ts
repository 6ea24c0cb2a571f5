export { DEMO_ORIGIN, DEMO_TARGET } from './demo/clusters.ts'
export { type DemoOptions, walkDemo } from './demo/demo.ts'
export { CliError, type CliErrorCode, cliErrorCodes } from './errors.ts'
export type { Pair } from './migration/clusters.ts'
export { EXERCISE_TABLES, type ExerciseTable, exerciseSchema, KEYSPACE } from './migration/exercise-schema.ts'
export { formatReport } from './migration/format-report.ts'
export { runMigration } from './migration/migration.ts'
export type { Interposed, MigrationOptions, PhaseEntry } from './migration/options.ts'
export { type AdminAddress, AdminClient } from './migration/proxy/admin-client.ts'
export {
  countRequests,
  type MetricsSnapshot,
  parseMetrics,
  type RequestCounts,
  readMetrics,
  sumOf,
} from './migration/proxy/metrics.ts'
export { type ProxiedCluster, ProxyProcess, type ProxyProcessOptions } from './migration/proxy/proxy-process.ts'
export type {
  CopiedTable,
  KeptMigration,
  KeptPart,
  LostWrite,
  MigrationReport,
  PhaseReport,
  ReportedCluster,
  ReportedFailure,
} from './migration/report.ts'
export { planSeed, SEED_ROW_COUNTS, type SeedPlan, type SeedWrite } from './migration/seed/seed-rows.ts'
export { MIGRATION_STEPS, type MigrationEvent, type MigrationListener, type MigrationStep } from './migration/steps.ts'
export type { PhaseRecord } from './migration/walk.ts'
export { run } from './run.ts'

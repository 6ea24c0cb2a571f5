export { type SimulatorSettings, simulatorSettings } from './config.ts'
export { SimulatorError, type SimulatorErrorCode, simulatorErrorCodes } from './errors.ts'
export { Expectation, type ObservedRow, TTL_SLACK_MS, type Verdict, type VerdictKind } from './expectation.ts'
export { Ledger, type LedgerFileOptions, type LedgerSink } from './ledger.ts'
export { type LedgerEntry, operationText, rowText } from './ledger-entry.ts'
export { type Outcome, outcomeOf } from './outcome.ts'
export { Random } from './random.ts'
export { type LedgerFile, parseLedger, readLedger } from './read-ledger.ts'
export {
  FAILED_LISTED_MAX,
  type FailedOperation,
  type HeaderOptions,
  headerLines,
  type SimulationReport,
  summaryLines,
} from './report.ts'
export { exitCode, type RunSeams, run } from './run.ts'
export type { SectionReport } from './sections.ts'
export { type Simulation, type SimulationOptions, startSimulation } from './simulation.ts'
export {
  type ClusterRole,
  judgeLedger,
  type LedgerVerdict,
  type LedgerVerification,
  type Observation,
  type VerifyLedgerOptions,
  verifyLedger,
} from './verify.ts'
export type { OperationResult, Session } from './worker.ts'
export type { ReadKind, RowKey, WriteKind } from './workload/operation.ts'
export type { TableName } from './workload/tables.ts'
export type { Value } from './workload/value.ts'

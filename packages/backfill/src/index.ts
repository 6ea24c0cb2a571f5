export { runBackfill } from './backfill.ts'
export type { MarkerPolicy } from './compose.ts'
export { BackfillError, type BackfillErrorCode, backfillErrorCodes } from './errors.ts'
export type { ProxyGate } from './gate.ts'
export {
  ACCEPTANCES,
  type Acceptance,
  type BackfillContext,
  type BackfillOptions,
  DEFAULT_LIMITS,
  type Limits,
} from './options.ts'
export { type BackfillReport, formatReport, type RangeFailure, type TableReport } from './report.ts'
export { exitCodeOfError, run } from './run.ts'
export type { SkipReason, Tally } from './tally.ts'

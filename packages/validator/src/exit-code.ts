import { errorCode, SettingsError, ShutdownRequested } from '@zdmkit/runtime'

/** How `zdm-validate` ends: the shape that users of DSBulk know. */
export const ValidatorExitCode = {
  EQUAL: 0,
  DIFFERENCES: 1,
  /** A cluster could not be read, or the schemas differ. Says nothing about the rows. */
  NOT_FINISHED: 2,
  CONFIGURATION: 3,
  INTERRUPTED: 4,
  /** A bug: an error without a code. */
  CRASHED: 5,
} as const

const CONFIGURATION_CODES: ReadonlySet<string> = new Set([
  'CLUSTER_BAD_ADDRESS',
  'CLUSTER_UNKNOWN_KEYSPACE',
  'CLUSTER_UNKNOWN_TABLE',
  'VALIDATOR_BAD_OPTION',
  'VALIDATOR_NOTHING_TO_COMPARE',
])

/** The exit code for an error that ended the command. */
export function exitCode(error: unknown): number {
  if (error instanceof ShutdownRequested) return ValidatorExitCode.INTERRUPTED
  if (error instanceof SettingsError) return ValidatorExitCode.CONFIGURATION
  const code = errorCode(error)
  if (code === null) return ValidatorExitCode.CRASHED
  return CONFIGURATION_CODES.has(code) ? ValidatorExitCode.CONFIGURATION : ValidatorExitCode.NOT_FINISHED
}

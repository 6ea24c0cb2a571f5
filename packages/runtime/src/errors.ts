/** Codes of {@link SettingsError}. */
export const SETTINGS_ERROR_CODES = [
  'CONFIG_BAD_FILE',
  'CONFIG_BAD_VALUE',
  'CONFIG_CONFLICT',
  'CONFIG_MISSING_KEY',
  'CONFIG_UNKNOWN_KEY',
] as const

export type SettingsErrorCode = (typeof SETTINGS_ERROR_CODES)[number]

/** Codes of {@link MetricsError}. */
export const METRICS_ERROR_CODES = [
  'METRICS_BAD_BUCKETS',
  'METRICS_BAD_LABELS',
  'METRICS_BAD_NAME',
  'METRICS_DUPLICATE_NAME',
] as const

export type MetricsErrorCode = (typeof METRICS_ERROR_CODES)[number]

/** One thing that is wrong with the settings given to a tool. */
export interface SettingsProblem {
  readonly code: SettingsErrorCode
  /** YAML key as it was given, null where the problem has none (a file that cannot be read). */
  readonly key: string | null
  /** `FILE:LINE`, name of the environment variable, the flag with its dashes; null for a key missing everywhere. */
  readonly source: string | null
  /** One line that names key, source and what is allowed; never the value of a secret. */
  readonly message: string
}

/**
 * Everything wrong with the settings of one start, so that an operator mends them in one go. `code`, `key` and `source`
 * are those of the first problem; the message holds one line per problem.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code: SettingsErrorCode
  readonly key: string | null
  readonly source: string | null
  readonly problems: readonly SettingsProblem[]

  constructor(problems: readonly [SettingsProblem, ...SettingsProblem[]], options?: ErrorOptions) {
    super(problems.map((problem) => problem.message).join('\n'), options)
    const [first] = problems
    this.code = first.code
    this.key = first.key
    this.source = first.source
    this.problems = problems
  }
}

/** A metric that Prometheus could not read back; thrown while metrics are declared or children made, never by a recorder. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError'
  readonly code: MetricsErrorCode

  constructor(code: MetricsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Reason of the AbortSignal that the first SIGINT or SIGTERM aborts. */
export class ShutdownRequested extends Error {
  override readonly name = 'ShutdownRequested'
  readonly code = 'SHUTDOWN_REQUESTED'
  readonly signalName: ShutdownSignalName

  constructor(signalName: ShutdownSignalName) {
    super(`stopping because ${signalName} was received`)
    this.signalName = signalName
  }
}

export type ShutdownSignalName = 'SIGINT' | 'SIGTERM'

/** Codes of {@link CliError}. */
export const cliErrorCodes = [
  'CLI_USAGE',
  'CLI_ADMIN_UNREACHABLE',
  'CLI_ADMIN_REFUSED',
  'MIGRATION_BAD_OPTION',
  'MIGRATION_PROXY_NOT_STARTED',
  'MIGRATION_PROXY_ENDED',
  'MIGRATION_METRICS_UNREADABLE',
  'MIGRATION_NOT_SETTLED',
  'MIGRATION_BACKFILL_INCOMPLETE',
  'MIGRATION_TRAFFIC_ENDED',
  'MIGRATION_FOLDER_NOT_WRITABLE',
  'MIGRATION_PORT_TAKEN',
  'DEMO_ALREADY_KEPT',
] as const

export type CliErrorCode = (typeof cliErrorCodes)[number]

/** The command or the migration cannot go on; `code` says why. What a migration finds wrong is in its report instead. */
export class CliError extends Error {
  override readonly name: string = 'CliError'
  readonly code: CliErrorCode

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

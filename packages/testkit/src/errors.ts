/** Every code that an error of this package carries. */
export const TESTKIT_ERROR_CODES = [
  'EMBEDDED_VERSION_UNKNOWN',
  'EMBEDDED_JAVA_MISSING',
  'EMBEDDED_JAVA_WRONG_VERSION',
  'EMBEDDED_MAVEN_MISSING',
  'EMBEDDED_DOWNLOAD_FAILED',
  'EMBEDDED_DISK_FULL',
  'EMBEDDED_PORT_TAKEN',
  'EMBEDDED_ADDRESS_UNAVAILABLE',
  'EMBEDDED_NODE_EXITED',
  'EMBEDDED_NODE_NOT_RUNNING',
  'EMBEDDED_START_TIMED_OUT',
  'EMBEDDED_SUPERVISOR_LOST',
  'EMBEDDED_JMX_CLOSED',
  'EMBEDDED_NODETOOL_FAILED',
  'SCRIPTED_STOPPED',
  'EVENTUALLY_TIMED_OUT',
  'HEX_INVALID',
] as const

/** One of {@link TESTKIT_ERROR_CODES}. */
export type TestkitErrorCode = (typeof TESTKIT_ERROR_CODES)[number]

/** What this package throws. Callers branch on `code`; the message is one line for a person, where no log is quoted. */
export class TestkitError extends Error {
  readonly code: TestkitErrorCode

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TestkitError'
    this.code = code
  }
}

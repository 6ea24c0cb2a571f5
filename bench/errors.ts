export const benchErrorCodes = [
  'BENCH_USAGE',
  'BENCH_NO_COMPILER',
  'BENCH_COMPILE_FAILED',
  'BENCH_CHILD_FAILED',
  'BENCH_LOAD_FAILED',
  'BENCH_CHECK_FAILED',
  'BENCH_BAD_PROFILE',
] as const
export type BenchErrorCode = (typeof benchErrorCodes)[number]

/** Why a bench gives no figures. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
  readonly code: BenchErrorCode

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Exit codes as the `zdm` tools have them (sysexits.h for those above 1). */
export const ExitCode = {
  OK: 0,
  /** A run failed, or `--check` found too little. */
  FAILURE: 1,
  USAGE: 64,
  UNAVAILABLE: 69,
  INTERRUPTED: 130,
} as const

export function exitCodeOf(code: BenchErrorCode): number {
  switch (code) {
    case 'BENCH_USAGE':
      return ExitCode.USAGE
    case 'BENCH_NO_COMPILER':
      return ExitCode.UNAVAILABLE
    case 'BENCH_COMPILE_FAILED':
    case 'BENCH_CHILD_FAILED':
    case 'BENCH_LOAD_FAILED':
    case 'BENCH_CHECK_FAILED':
    case 'BENCH_BAD_PROFILE':
      return ExitCode.FAILURE
  }
}

/** Exit codes of our commands where a tool has no convention of its own to keep (sysexits.h for the middle ones). */
export const ExitCode = {
  OK: 0,
  FAILURE: 1,
  /** Wrong settings or arguments. */
  USAGE: 64,
  /** A cluster or service cannot be reached. */
  UNAVAILABLE: 69,
  /** A bug: an error without a code. */
  SOFTWARE: 70,
  /** Not now: a gate is not met, try later. */
  TEMPORARY: 75,
  /** Ended by SIGINT or SIGTERM before it was done. */
  INTERRUPTED: 130,
} as const

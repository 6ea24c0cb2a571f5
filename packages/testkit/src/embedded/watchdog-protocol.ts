// What is said between a process and the watchdog of its cluster (watchdog.ts).

/** What the parent asks for, one JSON line each. */
export type WatchdogCommand =
  | {
      type: 'spawn'
      id: number
      file: string
      args: readonly string[]
      cwd: string
      env: Readonly<Record<string, string>>
      logFile: string
    }
  /** Kill everything, remove the folder, exit. */
  | { type: 'stop' }
  /** Stay when the parent goes; only `stop` or SIGTERM ends it then. */
  | { type: 'keep' }

/** What the watchdog tells, one JSON line each. */
export type WatchdogEvent =
  | { type: 'ready'; directory: string }
  | { type: 'spawned'; id: number; pid: number }
  | { type: 'failed'; id: number; message: string; errorCode: string }
  | { type: 'exited'; id: number; exitCode: number | null; signal: string | null }
  | { type: 'kept' }
  | { type: 'crashed'; message: string }

/** The watchdog's name in process lists. Not `node`, so that a `killall node` leaves it to clean up. */
export const WATCHDOG_TITLE = 'zdm-watchdog'

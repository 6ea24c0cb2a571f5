import { errorCode } from './error-fields.ts'
import { errorLines } from './error-lines.ts'
import { SettingsError, ShutdownRequested } from './errors.ts'
import { ExitCode } from './exit-code.ts'
import type { Environment } from './settings/load.ts'

/** Where a command writes. Data goes to stdout; progress, logs and errors go to stderr. */
export interface TextSink {
  write(text: string): unknown
  /** True on a terminal. */
  readonly isTTY?: boolean | undefined
}

export interface MainIo {
  readonly stdout: TextSink
  readonly stderr: TextSink
}

/** A command: everything it needs passed in, its exit code as the result. */
export type Run = (argv: readonly string[], env: Environment, io: MainIo) => Promise<number>

/** What `runMain` uses of `process`. */
export interface MainProcess {
  readonly argv: readonly string[]
  readonly env: Environment
  readonly stdout: TextSink & { on?(event: 'error', listener: (error: Error) => void): unknown }
  readonly stderr: TextSink & { on?(event: 'error', listener: (error: Error) => void): unknown }
  exitCode?: number | string | null | undefined
  exit(code: number): void
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
}

export interface RunMainOptions {
  /** Name of the command at the start of error lines. */
  readonly name: string
  /** The command's own exit code for an error; undefined leaves it to `exitCodeOf`. */
  readonly exitCode?: (error: unknown) => number | undefined
  /** How long open handles may keep the process alive after the command has ended. Default 2000. */
  readonly lingerMs?: number
  readonly process?: MainProcess
}

/**
 * The one place of a process that turns an error into lines and an exit code. Ends the process even where something was
 * left open, and also on an exception outside the command's promise. Closed pipes (`| head`) are no error.
 */
export async function runMain(run: Run, options: RunMainOptions): Promise<void> {
  const main: MainProcess = options.process ?? process
  const fail = (error: unknown): number => {
    for (const line of errorLines(options.name, error)) main.stderr.write(`${line}\n`)
    return options.exitCode?.(error) ?? exitCodeOf(error)
  }
  main.on('uncaughtException', (error) => main.exit(fail(error)))
  for (const stream of [main.stdout, main.stderr]) stream.on?.('error', ignoreClosedPipe)
  let exitCode: number
  try {
    exitCode = await run(main.argv.slice(2), main.env, { stdout: main.stdout, stderr: main.stderr })
  } catch (error) {
    exitCode = fail(error)
  }
  main.exitCode = exitCode
  setTimeout(() => main.exit(exitCode), options.lingerMs ?? LINGER_MS).unref()
}

/** Long enough for sockets that were just ended to close. */
const LINGER_MS = 2000

/** Exit code of an error where the command has no own rule. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return ExitCode.USAGE
  if (error instanceof ShutdownRequested) return ExitCode.INTERRUPTED
  return errorCode(error) === null ? ExitCode.SOFTWARE : ExitCode.FAILURE
}

function ignoreClosedPipe(error: Error): void {
  if (errorCode(error) !== 'EPIPE') throw error
}

import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'

/** A program that a step runs. */
export interface Command {
  /** Looked up on PATH; its arguments are passed as they are, without a shell. */
  argv: readonly [string, ...string[]]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Takes both output streams. */
  logFile: string
  timeoutMs: number
  /** Ends the program when aborted. */
  signal: AbortSignal
}

export interface CommandResult {
  /** Null where a signal ended it. */
  exitCode: number | null
  /** Why we ended it, or why it never started; null where it ended by itself. */
  stopped: string | null
}

// What a suite needs to end its clusters after the polite signal.
const GRACE_MS = 20_000

/**
 * Runs a program to its end. It gets a process group of its own, so that ending it also ends what it started (unless that has left the
 * group), and so that a Ctrl-C reaches it once and through us.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  const { cwd, env, logFile, timeoutMs, signal } = command
  const [file, ...args] = command.argv
  await using log = await open(logFile, 'w')
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log.fd, log.fd] })

  let stopped: string | null = null
  let killTimer: NodeJS.Timeout | undefined
  const stop = (reason: string): void => {
    if (stopped !== null) return
    stopped = reason
    signalGroup(child.pid, 'SIGTERM')
    killTimer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS)
  }
  const onAbort = (): void => stop('interrupted')
  const timeout = setTimeout(() => stop(`not done after ${timeoutMs / 1000} s`), timeoutMs)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await new Promise<CommandResult>((resolve) => {
      child.once('error', (error) => resolve({ exitCode: null, stopped: `${file} did not start: ${error.message}` }))
      child.once('close', (exitCode) => resolve({ exitCode, stopped }))
    })
  } finally {
    clearTimeout(timeout)
    clearTimeout(killTimer)
    signal.removeEventListener('abort', onAbort)
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // The group has ended meanwhile.
  }
}

// Runs as a small process of its own (`node watchdog.ts PREFIX`), detached from the terminal, and owns what must not
// outlive its parent: the JVMs and their folder. It holds a pipe to the parent on its standard input. When the parent is
// gone, for whatever reason and kill -9 too, the kernel closes that pipe, and the watchdog kills every process group it
// started, removes the folder and exits. It imports next to nothing, so that it starts fast and cannot break.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { WATCHDOG_TITLE, type WatchdogCommand, type WatchdogEvent } from './watchdog-protocol.ts'

watch(process.argv[2] ?? '')

function watch(prefix: string): void {
  const children = new Map<ChildProcess, Promise<void>>()
  let directory: string | null = null
  let isKept = false
  let isEnding = false

  process.title = WATCHDOG_TITLE
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(0))
  process.on('uncaughtException', (error) => {
    tell({ type: 'crashed', message: error.message })
    void end(1)
  })
  // The parent may be gone before it read our last line.
  process.stdout.on('error', () => {})
  process.stdin.on('error', () => {})
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => obey(JSON.parse(line) as WatchdogCommand))
  lines.on('close', () => {
    if (!isKept) void end(0)
  })
  directory = mkdtempSync(prefix)
  tell({ type: 'ready', directory })

  function obey(command: WatchdogCommand): void {
    if (isEnding) return
    switch (command.type) {
      case 'spawn':
        start(command)
        break
      case 'stop':
        void end(0)
        break
      case 'keep':
        isKept = true
        tell({ type: 'kept' })
        break
    }
  }

  function start({ id, file, args, cwd, env, logFile }: WatchdogCommand & { type: 'spawn' }): void {
    const log = openSync(logFile, 'a', 0o600)
    // Detached: a process group of its own, so that whatever it starts is killed with it.
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    const ended = new Promise<void>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        tell({ type: 'failed', id, message: error.message, errorCode: error.code ?? '' })
        resolve()
      })
      child.once('exit', (exitCode, signal) => {
        tell({ type: 'exited', id, exitCode, signal })
        resolve()
      })
    })
    children.set(
      child,
      ended.finally(() => children.delete(child)),
    )
    if (child.pid !== undefined) tell({ type: 'spawned', id, pid: child.pid })
  }

  async function end(exitCode: number): Promise<void> {
    if (isEnding) return
    isEnding = true
    for (const child of children.keys()) killGroup(child)
    await Promise.all(children.values())
    try {
      if (directory !== null) await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    } finally {
      process.exit(exitCode)
    }
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function tell(event: WatchdogEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

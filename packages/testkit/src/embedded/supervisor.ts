// The parent's end of the watchdog (see watchdog.ts): processes that die, and a folder that goes, whatever happens to us.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { TestkitError } from '../errors.ts'
import { eventually } from '../eventually.ts'
import { identityOf, isSameProcess, parseIdentity } from './process-identity.ts'
import type { WatchdogCommand, WatchdogEvent } from './watchdog-protocol.ts'

/** How a process ended. */
export interface ProcessExit {
  exitCode: number | null
  signal: string | null
}

/** What to start. */
export interface ProcessSpec {
  file: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  /** Standard output and error are appended to it. */
  logFile: string
}

// The watchdog kills with SIGKILL and removes a folder of some 100 MB; what takes longer than this is stuck.
const STOP_TIMEOUT_MS = 20_000

/** One process under the watchdog, the leader of a process group of its own. */
export class SupervisedProcess {
  readonly pid: number
  /** Settles when it has ended. Never rejects. */
  readonly exited: Promise<ProcessExit>
  #exit: ProcessExit | null = null

  constructor(pid: number, exited: Promise<ProcessExit>) {
    this.pid = pid
    this.exited = exited.then((exit) => {
      this.#exit = exit
      return exit
    })
  }

  /** How it ended, or null while it runs. */
  get exit(): ProcessExit | null {
    return this.#exit
  }

  /** Signals its whole process group; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void {
    if (this.#exit === null) signalGroup(this.pid, name)
  }
}

/** Processes and one folder, both of which end with this object or with our own process, whichever is first. */
export class Supervisor implements AsyncDisposable {
  /** Made by the watchdog, mode 0700, and removed by it. */
  readonly directory: string
  /** The watchdog's process id. */
  readonly pid: number
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #ended: Promise<void>
  readonly #waiting = new Map<number, PromiseWithResolvers<SupervisedProcess>>()
  readonly #running = new Map<number, { process: SupervisedProcess; resolve: (exit: ProcessExit) => void }>()
  #kept = Promise.withResolvers<void>()
  #isLost = false
  #nextId = 1

  private constructor(started: Started) {
    this.directory = started.directory
    this.pid = started.pid
    this.#child = started.child
    this.#kept.promise.catch(() => {})
    started.lines.on('line', (line) => this.#hear(parseEvent(line)))
    this.#ended = once(started.child, 'close').then(() => this.#lose())
    if (started.child.exitCode !== null) this.#lose()
  }

  /** Starts a watchdog, which makes a new folder in `parentDirectory`, named `prefix` and six characters. */
  static async start(parentDirectory: string, prefix: string): Promise<Supervisor> {
    await mkdir(parentDirectory, { recursive: true })
    return new Supervisor(await startWatchdog(join(parentDirectory, prefix)))
  }

  /**
   * Starts a process.
   *
   * @throws EMBEDDED_SUPERVISOR_LOST when the watchdog is gone, or the process cannot be started; `cause` says why.
   */
  spawn(spec: ProcessSpec): Promise<SupervisedProcess> {
    const waiting = Promise.withResolvers<SupervisedProcess>()
    if (this.#isLost) return Promise.reject(lost('has ended'))
    const id = this.#nextId++
    this.#waiting.set(id, waiting)
    this.#send({ type: 'spawn', id, ...spec })
    return waiting.promise
  }

  /** From now on the processes and the folder outlive us; {@link Supervisor.endKept} ends them, given the result. */
  async keep(): Promise<string> {
    this.#send({ type: 'keep' })
    await this.#kept.promise
    this.#child.unref()
    this.#child.stdin.destroy()
    this.#child.stdout.destroy()
    return `${identityOf(this.pid)} ${this.directory}`
  }

  /** Kills every process and removes the folder; resolves when both are done. */
  async stop(): Promise<void> {
    if (!this.#isLost) this.#send({ type: 'stop' })
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#ended
    clearTimeout(timer)
    // A watchdog that did its work left nothing; after one that was killed, the rest is ours.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Ends what another process kept: true when there was something to end. The text says which process it was, so that no
   * other one is ended which got its id.
   *
   * @throws EVENTUALLY_TIMED_OUT when it is still there after 20 s.
   */
  static async endKept(handle: string): Promise<boolean> {
    const [, identity = '', directory = ''] = /^(\d+ \d*) (\/.*)$/.exec(handle) ?? []
    const watchdog = parseIdentity(identity)
    if (watchdog === null) return false
    const isRunning = isSameProcess(watchdog)
    if (isRunning) process.kill(watchdog.pid, 'SIGTERM')
    // After a restart of the machine only the folder is left.
    else if (await isGone(directory)) return false
    else await rm(directory, { recursive: true, force: true })
    await eventually(async () => !isSameProcess(watchdog) && (await isGone(directory)), {
      timeoutMs: STOP_TIMEOUT_MS,
      everyMs: 20,
    })
    return true
  }

  #send(command: WatchdogCommand): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`)
  }

  #hear(event: WatchdogEvent): void {
    switch (event.type) {
      case 'spawned': {
        const { promise, resolve } = Promise.withResolvers<ProcessExit>()
        const supervised = new SupervisedProcess(event.pid, promise)
        this.#running.set(event.id, { process: supervised, resolve })
        this.#take(event.id)?.resolve(supervised)
        break
      }
      case 'failed':
        this.#take(event.id)?.reject(
          new TestkitError('EMBEDDED_SUPERVISOR_LOST', `a process did not start: ${event.message}`, {
            cause: Object.assign(new Error(event.message), { code: event.errorCode }),
          }),
        )
        break
      case 'exited':
        this.#running.get(event.id)?.resolve({ exitCode: event.exitCode, signal: event.signal })
        this.#running.delete(event.id)
        break
      case 'kept':
        this.#kept.resolve()
        break
      case 'crashed':
        for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(lost(`failed: ${event.message}`))
        break
      case 'ready':
        break
    }
  }

  #take(id: number): PromiseWithResolvers<SupervisedProcess> | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  /** The watchdog is gone: what it ran is dead already, unless it was killed, and then we kill it. */
  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    for (const { process: supervised, resolve } of this.#running.values()) {
      signalGroup(supervised.pid, 'SIGKILL')
      resolve({ exitCode: null, signal: 'SIGKILL' })
    }
    this.#running.clear()
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(lost('has ended'))
    this.#kept.reject(lost('has ended'))
  }
}

interface Started {
  child: ChildProcessByStdio<Writable, Readable, null>
  lines: ReturnType<typeof createInterface>
  directory: string
  pid: number
}

async function startWatchdog(prefix: string): Promise<Started> {
  // The same folder holds watchdog.ts in the sources and watchdog.js in the package.
  const here = fileURLToPath(import.meta.url)
  const script = join(dirname(here), `watchdog${extname(here)}`)
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, [script, prefix], { detached: true, stdio: ['pipe', 'pipe', 'ignore'], env })
  // Writing to a watchdog that is gone: its end is seen by 'close'.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const first = Promise.withResolvers<WatchdogEvent>()
  child.once('error', (error) => first.reject(lost(`did not start: ${error.message}`)))
  lines.once('line', (line) => first.resolve(parseEvent(line)))
  lines.once('close', () => first.reject(lost('ended before it was ready')))
  const event = await first.promise
  if (event.type === 'ready' && child.pid !== undefined) {
    return { child, lines, directory: event.directory, pid: child.pid }
  }
  child.kill('SIGKILL')
  const reason = event.type === 'crashed' ? event.message : event.type
  if (/ENOSPC/.test(reason)) throw new TestkitError('EMBEDDED_DISK_FULL', `no space left to make ${prefix}…`)
  throw lost(`failed: ${reason}`)
}

function parseEvent(line: string): WatchdogEvent {
  return JSON.parse(line) as WatchdogEvent
}

function lost(what: string): TestkitError {
  return new TestkitError('EMBEDDED_SUPERVISOR_LOST', `the watchdog of an embedded cluster ${what}`)
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name)
  } catch {
    // It has ended by itself.
  }
}

async function isGone(path: string): Promise<boolean> {
  try {
    await stat(path)
    return false
  } catch {
    return true
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { BenchError } from '../errors.ts'

/** A child that does not end by then is killed. */
const STOP_MS = 5000
const OUTPUT_CHARS_MAX = 16_384

export interface ChildOptions {
  /** What it is called in messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The core that it is pinned to with taskset; `null`: none. */
  readonly core: number | null
}

/** A child process: ended by its pid when disposed, its output kept for the message when it fails. */
export class Child implements AsyncDisposable {
  readonly name: string
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  #stdout = ''
  #stderr = ''
  #spawnError: Error | null = null

  constructor(options: ChildOptions) {
    const { name, command, args, env, core } = options
    this.name = name
    // taskset becomes the command, so the pid is the command's own.
    const pinned =
      core === null ? { file: command, args } : { file: 'taskset', args: ['-c', `${core}`, command, ...args] }
    this.#process = spawn(pinned.file, pinned.args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process.on('error', (error) => {
      this.#spawnError = error
    })
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-OUTPUT_CHARS_MAX)
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-OUTPUT_CHARS_MAX)
    })
    this.#ended = new Promise((resolve) => {
      this.#process.once('close', resolve)
      this.#process.once('error', resolve)
    })
  }

  /** @throws BENCH_CHILD_FAILED when it could not be started */
  get pid(): number {
    if (this.#process.pid === undefined) throw this.failure('could not be started')
    return this.#process.pid
  }

  get stdout(): string {
    return this.#stdout
  }

  get hasEnded(): boolean {
    return this.#spawnError !== null || this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** Its exit code; `null` when a signal ended it. @throws the signal's reason when that aborts first */
  async exitCode(signal: AbortSignal): Promise<number | null> {
    await orAborted(this.#ended, signal)
    return this.#process.exitCode
  }

  /**
   * Waits for a line of JSON on its standard output that `read` makes something of.
   * @throws BENCH_CHILD_FAILED when it ends first
   */
  async line<T>(read: (value: Readonly<Record<string, unknown>>) => T | undefined, signal: AbortSignal): Promise<T> {
    for (;;) {
      for (const line of this.#stdout.split('\n')) {
        const found = line.startsWith('{') && line.endsWith('}') ? read(parseObject(line)) : undefined
        if (found !== undefined) return found
      }
      if (this.hasEnded) throw this.failure('ended before it was ready')
      const { stdout } = this.#process
      const more = new AbortController()
      const data = stdout ? once(stdout, 'data', { signal: more.signal }).catch(() => {}) : this.#ended
      try {
        await orAborted(Promise.race([data, this.#ended]), signal)
      } finally {
        more.abort()
      }
    }
  }

  /** What went wrong, with the last it said. */
  failure(what: string): BenchError {
    const { exitCode, signalCode } = this.#process
    const how = this.#spawnError?.message ?? (exitCode === null ? signalCode : `exit code ${exitCode}`)
    const said = (this.#stderr.trim() || this.#stdout.trim()).split('\n').slice(-5).join('\n  ')
    const message = `${this.name} ${what}${how === null ? '' : ` (${how})`}${said === '' ? '' : `:\n  ${said}`}`
    return new BenchError('BENCH_CHILD_FAILED', message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    await this.#ended
    clearTimeout(timer)
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** The promise's value, unless `signal` aborts first. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const settled = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: settled.signal })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    settled.abort()
  }
}

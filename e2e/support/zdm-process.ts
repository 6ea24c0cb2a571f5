// The `zdm` command as users run it: a process of its own, from its sources, with a folder for temporary files that is its alone.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { eventually } from '@zdmkit/testkit'

/** How a run ended. */
export interface ZdmResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `zdm` command. */
export class ZdmProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #ended: Promise<unknown>
  readonly #startedMs = performance.now()
  #stdout = ''
  #stderr = ''
  #firstOutputMs: number | null = null

  /** `temporary`: the folder for all temporary files of the command and of everything that it starts. */
  constructor(args: readonly string[], temporary: string) {
    const main = join(dirname(createRequire(import.meta.url).resolve('@zdmkit/cli/package.json')), 'src', 'main.ts')
    this.#child = spawn(process.execPath, ['--conditions=@zdmkit/source', main, ...args], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const hear = (take: (text: string) => void) => (chunk: Buffer) => {
      this.#firstOutputMs ??= performance.now() - this.#startedMs
      take(chunk.toString())
    }
    this.#child.stdout.on(
      'data',
      hear((text) => {
        this.#stdout += text
      }),
    )
    this.#child.stderr.on(
      'data',
      hear((text) => {
        this.#stderr += text
      }),
    )
    this.#ended = once(this.#child, 'close')
  }

  /** Runs a command to its end. */
  static async run(args: readonly string[], temporary: string): Promise<ZdmResult> {
    await using zdm = new ZdmProcess(args, temporary)
    return await zdm.ended()
  }

  /** How long the first output took; null while there is none. */
  get firstOutputMs(): number | null {
    return this.#firstOutputMs
  }

  /** Resolves when the text has been printed to standard error. */
  async said(text: string | RegExp, timeoutMs = 90_000): Promise<void> {
    await eventually(
      () => {
        const isSaid = typeof text === 'string' ? this.#stderr.includes(text) : text.test(this.#stderr)
        if (!isSaid && this.#child.exitCode !== null) throw new Error(`it ended and said: ${this.#stderr}`)
        return isSaid
      },
      { timeoutMs },
    )
  }

  /** Sends a signal to this process alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits for its end. */
  async ended(): Promise<ZdmResult> {
    await this.#ended
    return { exitCode: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#ended
  }
}

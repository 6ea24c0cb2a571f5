import type { Credentials } from '@zdmkit/transport'
import { TestkitError } from '../errors.ts'
import type { NodeContext, NodeProcess } from './node-process.ts'
import { runNodetool } from './nodetool.ts'
import { waitForNode } from './readiness.ts'
import { waitUntilStopped } from './wait-until-stopped.ts'

/** One node of a running cluster, and the faults that can be made on it. */
export class EmbeddedNode {
  readonly host: string
  /** Its port for clients. */
  readonly port: number
  /** What the JVM prints; removed with the cluster. */
  readonly logFile: string
  readonly #process: NodeProcess
  readonly #context: NodeContext
  readonly #restart: { credentials: Credentials | undefined; startTimeoutMs: number }

  constructor(
    process: NodeProcess,
    context: NodeContext,
    restart: { credentials: Credentials | undefined; startTimeoutMs: number },
  ) {
    this.host = process.settings.host
    this.port = process.settings.nativePort
    this.logFile = process.logFile
    this.#process = process
    this.#context = context
    this.#restart = restart
  }

  /** The JVM's process id; another one after {@link EmbeddedNode.restart}. */
  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** False once the JVM has ended, killed or by itself. */
  get isRunning(): boolean {
    return this.#process.exit === null
  }

  /** The JVM stops where it is: connections stay open, and from the return of this call on nothing is answered. */
  pause(): void {
    this.#assertRunning('pause')
    this.#process.signal('SIGSTOP')
    waitUntilStopped(this.pid)
  }

  /** Goes on after {@link EmbeddedNode.pause}. */
  resume(): void {
    this.#assertRunning('resume')
    this.#process.signal('SIGCONT')
  }

  /** Ends the JVM at once, as a crash of the machine would but for the page cache; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#process.kill()
  }

  /** Starts the node again on its data, after a kill where it still runs; resolves when it answers. */
  async restart(): Promise<void> {
    await this.#process.kill()
    await this.#process.spawn()
    const deadlineMs = performance.now() + this.#restart.startTimeoutMs
    const { credentials } = this.#restart
    await waitForNode(this.#process, { credentials, deadlineMs, signal: new AbortController().signal })
  }

  /**
   * What a nodetool command prints, such as `nodetool(['flush', 'training'])`. Takes about a second.
   *
   * @throws EMBEDDED_JMX_CLOSED when the cluster was started without `jmx: true`.
   * @throws EMBEDDED_NODETOOL_FAILED
   */
  nodetool(command: readonly string[]): Promise<string> {
    return runNodetool(this.#process.settings, this.#context, command)
  }

  #assertRunning(what: string): void {
    if (this.isRunning) return
    throw new TestkitError('EMBEDDED_NODE_NOT_RUNNING', `cannot ${what} ${this.#process}: it has ended`)
  }
}

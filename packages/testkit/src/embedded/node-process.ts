// One Cassandra node as a process: its folder, its start, and what its log says when it ends early.

import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TestkitError } from '../errors.ts'
import { cassandraYaml, jmxAccess, jvmArguments, logbackXml, type NodeSettings, rackProperties } from './config.ts'
import type { Java } from './java.ts'
import type { ProcessExit, SupervisedProcess, Supervisor } from './supervisor.ts'

/** What a node needs besides its settings. */
export interface NodeContext {
  supervisor: Supervisor
  java: Java
  jars: readonly string[]
  /** The password of a JMX port, made for this run. */
  jmxPassword: string
}

// What is quoted of a log when a node ends early; the cause stands in its last lines.
const TAIL_LINES = 25
const TAIL_BYTES = 16 * 1_024

/** Starts one node and may start it again on the same data. */
export class NodeProcess {
  readonly settings: NodeSettings
  readonly logFile: string
  readonly #context: NodeContext
  #process: SupervisedProcess | null = null

  constructor(settings: NodeSettings, context: NodeContext) {
    this.settings = settings
    this.#context = context
    this.logFile = join(settings.directory, 'cassandra.log')
  }

  /** The JVM's process id, also the id of its process group. Null before the first start. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** How the JVM ended, or null. */
  get exit(): ProcessExit | null {
    return this.#process?.exit ?? null
  }

  /** Writes the node's configuration, readable by this user only. */
  async prepare(): Promise<void> {
    const { settings } = this
    const files: Record<string, string> = {
      'cassandra.yaml': cassandraYaml(settings),
      'cassandra-rackdc.properties': rackProperties(settings.dataCenter),
      'logback.xml': logbackXml(),
      ...(settings.jmxPort === null ? {} : jmxAccess(this.#context.jmxPassword)),
    }
    for (const folder of ['conf', 'tmp']) {
      await mkdir(join(settings.directory, folder), { recursive: true, mode: 0o700 })
    }
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(settings.directory, 'conf', name), text, { mode: 0o600 })
    }
  }

  /** Starts the JVM; it serves some seconds later. */
  async spawn(): Promise<void> {
    const { supervisor, java, jars } = this.#context
    this.#process = await supervisor.spawn({
      file: java.path,
      args: jvmArguments(this.settings, jars),
      cwd: this.settings.directory,
      // Nothing of ours reaches the JVM: JAVA_TOOL_OPTIONS and its like would change what was measured.
      env: { PATH: process.env['PATH'] ?? '', HOME: this.settings.directory, LANG: 'C.UTF-8' },
      logFile: this.logFile,
    })
  }

  /** Signals the JVM's process group; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void {
    this.#process?.signal(name)
  }

  /** Kills the JVM and waits for its end. */
  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL')
    await this.#process?.exited
  }

  /** Why the JVM ended early, from its log. */
  async explainExit(): Promise<TestkitError> {
    const tail = await readTail(this.logFile)
    return explain(this, tail)
  }

  /** The last lines of the log. */
  async readLogTail(): Promise<string> {
    return readTail(this.logFile)
  }

  toString(): string {
    const { release, host, nativePort } = this.settings
    return `Cassandra ${release.version} on ${host}:${nativePort}`
  }
}

/** One clear line for the causes that a person can end, the tail of the log for all others. */
function explain(node: NodeProcess, tail: string): TestkitError {
  const { host, nativePort, storagePort, directory } = node.settings
  if (/Address already in use|is in use by another process|Failed to bind port/.test(tail)) {
    const message = `${node} did not start: port ${nativePort} or ${storagePort} is in use on ${host}; end its user or choose another`
    return new TestkitError('EMBEDDED_PORT_TAKEN', message)
  }
  if (/No space left on device|Insufficient disk space/i.test(tail)) {
    const message = `${node} did not start: no space left in ${directory}; free some, or give another directory`
    return new TestkitError('EMBEDDED_DISK_FULL', message)
  }
  if (/Cannot assign requested address|Unable to bind to address/.test(tail)) {
    const message = `${node} did not start: this machine has no address ${host}`
    return new TestkitError('EMBEDDED_ADDRESS_UNAVAILABLE', message)
  }
  const { exitCode, signal } = node.exit ?? { exitCode: null, signal: null }
  const how = signal === null ? `with code ${exitCode}` : `by ${signal}`
  return new TestkitError(
    'EMBEDDED_NODE_EXITED',
    `${node} ended ${how} before it was ready. Its log ends with:\n${tail}`,
  )
}

async function readTail(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(TAIL_BYTES),
      position: Math.max(0, size - TAIL_BYTES),
    })
    return buffer.subarray(0, bytesRead).toString().trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
  } catch {
    return '(no log)'
  }
}

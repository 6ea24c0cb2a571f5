import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { setTimeout as pauseMs } from 'node:timers/promises'
import { type SupervisedProcess, Supervisor } from '@zdmkit/testkit'
import { CliError } from '../../errors.ts'
import type { AdminAddress } from './admin-client.ts'

/** How the proxy reaches one cluster. */
export interface ProxiedCluster {
  readonly contactPoints: readonly string[]
  readonly port: number
  readonly localDataCenter: string | null
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
}

export interface ProxyProcessOptions {
  readonly origin: ProxiedCluster
  readonly target: ProxiedCluster
  /** 0: any free port. */
  readonly port: number
  readonly signal: AbortSignal
}

/** Where it listens. */
export const PROXY_HOST = '127.0.0.1'

const START_TIMEOUT_MS = 30_000
const LOOK_EVERY_MS = 20
/** Nothing is in flight any more when the walk stops it; what takes longer is killed. */
const STOP_TIMEOUT_MS = 5_000
/** Quoted when it ends early: its last lines say why. */
const TAIL_LINES = 5

/** The line that the proxy prints when it serves. */
interface Listening {
  readonly port: number
  readonly metricsPort: number
  readonly adminPort: number
}

/**
 * `zdm-proxy` as a process of its own, as operators run it. Under a watchdog: process, settings, token and log are gone when
 * it is stopped, and also when this process ends in any other way.
 */
export class ProxyProcess implements AsyncDisposable {
  readonly host: string = PROXY_HOST
  readonly port: number
  readonly metricsUrl: string
  readonly admin: AdminAddress
  readonly pid: number
  /** Settings, token and log; mode 0700. */
  readonly directory: string
  /** Mode 0600. */
  readonly tokenFile: string
  readonly #supervisor: Supervisor
  readonly #process: SupervisedProcess
  #isKept = false
  #isStopping = false

  private constructor(
    supervisor: Supervisor,
    supervised: SupervisedProcess,
    { listening, token }: { listening: Listening; token: string },
  ) {
    this.#supervisor = supervisor
    this.#process = supervised
    this.pid = supervised.pid
    this.directory = supervisor.directory
    this.tokenFile = tokenFileOf(supervisor.directory)
    this.port = listening.port
    this.metricsUrl = `http://${PROXY_HOST}:${listening.metricsPort}/metrics`
    this.admin = { url: `http://${PROXY_HOST}:${listening.adminPort}`, token }
  }

  /** Starts it with writes to the origin only, as phase 1 wants it. @throws MIGRATION_PROXY_NOT_STARTED */
  static async start(options: ProxyProcessOptions): Promise<ProxyProcess> {
    options.signal.throwIfAborted()
    const supervisor = await Supervisor.start(tmpdir(), 'zdm-proxy-')
    try {
      const { directory } = supervisor
      const settingsFile = join(directory, 'zdm-proxy.yaml')
      // JSON is YAML. In a file, because the environment of a process is easier to come by.
      await writeFile(settingsFile, `${JSON.stringify(proxySettings(options, directory), null, 2)}\n`, { mode: 0o600 })
      const supervised = await supervisor.spawn({
        file: process.execPath,
        args: [...proxyCommand(), '--config', settingsFile],
        cwd: directory,
        // Nothing of ours reaches it: a ZDM_ variable of the user's would win over the settings file.
        env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' },
        logFile: logFileOf(directory),
      })
      const listening = await untilListening(supervised, directory, options.signal)
      const token = (await readFile(tokenFileOf(directory), 'utf8')).trim()
      return new ProxyProcess(supervisor, supervised, { listening, token })
    } catch (error) {
      await supervisor.stop()
      throw error
    }
  }

  /** Rejects when it ends without having been stopped. @throws MIGRATION_PROXY_ENDED */
  async untilEndedByItself(): Promise<never> {
    const { exitCode, signal } = await this.#process.exited
    if (this.#isStopping) return new Promise(() => {})
    const how = signal === null ? `with code ${exitCode}` : `by ${signal}`
    throw new CliError('MIGRATION_PROXY_ENDED', `the proxy ended ${how}: ${await logTail(this.directory)}`)
  }

  /** What it has logged so far, JSON lines. */
  readLog(): Promise<string> {
    return readFile(logFileOf(this.directory), 'utf8')
  }

  /** From now on it outlives this process; the text is what `endKept` needs. */
  async keep(): Promise<string> {
    const handle = await this.#supervisor.keep()
    this.#isKept = true
    return handle
  }

  /** Ends a proxy that some process kept; false when there is none any more. */
  static endKept(handle: string): Promise<boolean> {
    return Supervisor.endKept(handle)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    if (this.#isKept) return
    this.#process.signal('SIGTERM')
    const timeout = new AbortController()
    await Promise.race([
      this.#process.exited,
      pauseMs(STOP_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => {}),
    ])
    timeout.abort()
    await this.#supervisor.stop()
  }
}

/** Arguments of Node that run the proxy's own command: from its sources where we run from ours. */
function proxyCommand(): string[] {
  const extension = extname(import.meta.filename)
  const folder = dirname(createRequire(import.meta.url).resolve('@zdmkit/proxy/package.json'))
  return extension === '.ts'
    ? ['--conditions=@zdmkit/source', join(folder, 'src', 'main.ts')]
    : [join(folder, 'dist', 'main.js')]
}

function proxySettings(options: ProxyProcessOptions, directory: string): Record<string, unknown> {
  return {
    ...clusterSettings('origin', options.origin),
    ...clusterSettings('target', options.target),
    ...{ primary_cluster: 'ORIGIN', read_mode: 'PRIMARY_ONLY', write_mode: 'ORIGIN' },
    ...{ proxy_listen_address: PROXY_HOST, proxy_listen_port: options.port },
    ...{ metrics_address: PROXY_HOST, metrics_port: 0 },
    ...{ admin_address: PROXY_HOST, admin_port: 0, admin_token_path: tokenFileOf(directory) },
  }
}

function clusterSettings(role: 'origin' | 'target', cluster: ProxiedCluster): Record<string, unknown> {
  return {
    [`${role}_contact_points`]: cluster.contactPoints,
    [`${role}_port`]: cluster.port,
    ...(cluster.localDataCenter === null ? {} : { [`${role}_local_datacenter`]: cluster.localDataCenter }),
    ...(cluster.credentials
      ? { [`${role}_username`]: cluster.credentials.username, [`${role}_password`]: cluster.credentials.password }
      : {}),
  }
}

async function untilListening(
  supervised: SupervisedProcess,
  directory: string,
  signal: AbortSignal,
): Promise<Listening> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS
  for (;;) {
    signal.throwIfAborted()
    const listening = findListening(await readFile(logFileOf(directory), 'utf8').catch(() => ''))
    if (listening) return listening
    if (supervised.exit !== null) {
      throw new CliError('MIGRATION_PROXY_NOT_STARTED', `the proxy did not start: ${await logTail(directory)}`)
    }
    if (performance.now() > deadlineMs) {
      const message = `the proxy did not listen within ${START_TIMEOUT_MS} ms: ${await logTail(directory)}`
      throw new CliError('MIGRATION_PROXY_NOT_STARTED', message)
    }
    await pauseMs(LOOK_EVERY_MS)
  }
}

function findListening(log: string): Listening | null {
  for (const line of log.split('\n')) {
    if (!line.startsWith('{"event":"listening"')) continue
    try {
      return JSON.parse(line) as Listening
    } catch {
      // Not written to its end yet.
    }
  }
  return null
}

async function logTail(directory: string): Promise<string> {
  const text = await readFile(logFileOf(directory), 'utf8').catch(() => '')
  const lines = text.trim().split('\n')
  // What it says when it gives up stands in a line of its own, outside the log.
  const said = lines.filter((line) => line.startsWith('zdm-proxy: '))
  return (said.length > 0 ? said : lines.slice(-TAIL_LINES)).join('; ') || 'it said nothing'
}

function logFileOf(directory: string): string {
  return join(directory, 'proxy.log')
}

function tokenFileOf(directory: string): string {
  return join(directory, 'admin-token')
}

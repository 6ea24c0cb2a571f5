import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Credentials } from '@zdmkit/transport'
import { TestkitError } from '../errors.ts'
import { type NodeSettings, spreadTokens } from './config.ts'
import { EmbeddedNode } from './embedded-node.ts'
import { resolveJars } from './jars.ts'
import { findJava } from './java.ts'
import { type NodeContext, NodeProcess } from './node-process.ts'
import { assertPortFree, freePort } from './ports.ts'
import { type ReadinessOptions, waitForNode, waitForRing } from './readiness.ts'
import { Supervisor } from './supervisor.ts'
import { findRelease, type Release } from './version.ts'

/** What cluster to start. */
export interface EmbeddedCassandraOptions {
  /** A line (`4.0`, `4.1`, `5.0`) or an exact version. */
  version: string
  /** Nodes on 127.0.0.1, 127.0.0.2 and so on, all with the same ports; default 1. */
  nodes?: number
  /** Default `datacenter1`. */
  dataCenter?: string
  /** Default `Test Cluster`. */
  clusterName?: string
  /** Password authentication and authorization, with the first role `cassandra`; default false. */
  auth?: boolean
  /** The heap of each node, default 256. From 1,024 the JVM compiles fully: slower to start, faster to serve. */
  heapMb?: number
  /** A JMX port per node on 127.0.0.1, with a password made for this run; default false: no JMX port at all. */
  jmx?: boolean
  /** The port for clients; default: a free one. */
  port?: number
  /** Where the cluster's own folder is made; default: the system's folder for temporary files. */
  directory?: string
  /** More settings for `cassandra.yaml`, such as `{ materialized_views_enabled: true }`; they win over ours. */
  settings?: Readonly<Record<string, string | number | boolean>>
  /** How long the start may take; default 120,000. */
  startTimeoutMs?: number
  /** Ends the start; whatever was started by then is gone when `start` rejects with the signal's reason. */
  signal?: AbortSignal
  /** Called with one line for a person at each step of the start. */
  onProgress?: (line: string) => void
}

/** The first role of a cluster with authentication. */
const FIRST_ROLE: Credentials = { username: 'cassandra', password: 'cassandra' }

/** What a node writes before its first row, with room to work: commit log segments of 32 MB, and system tables. */
const FREE_BYTES_PER_NODE = 256 * 1_024 * 1_024

/** How often the start is tried with other free ports, when somebody took ours before the JVM bound it. */
const PORT_ATTEMPTS = 3

/**
 * A real Apache Cassandra cluster as child processes on loopback. Its processes end and its folder goes with `stop()`,
 * and also when this process ends in any other way, kill -9 included.
 */
export class EmbeddedCassandra implements AsyncDisposable {
  readonly kind = 'embedded'
  /** The address of every node. */
  readonly contactPoints: readonly string[]
  /** The port for clients, the same on every node. */
  readonly port: number
  readonly nodes: readonly EmbeddedNode[]
  readonly clusterName: string
  readonly dataCenter: string
  /** The exact version, such as `4.0.18`. */
  readonly releaseVersion: string
  /** Present when the cluster was started with `auth`. */
  readonly credentials?: Credentials
  /** Everything the cluster writes, mode 0700; removed at its end. */
  readonly directory: string
  readonly #supervisor: Supervisor
  #stopped: Promise<void> | null = null

  private constructor(plan: Plan, nodes: readonly EmbeddedNode[]) {
    this.contactPoints = plan.hosts
    this.port = plan.port
    this.nodes = nodes
    this.clusterName = plan.clusterName
    this.dataCenter = plan.dataCenter
    this.releaseVersion = plan.release.version
    if (plan.hasAuth) this.credentials = FIRST_ROLE
    this.directory = plan.context.supervisor.directory
    this.#supervisor = plan.context.supervisor
  }

  /**
   * Starts a cluster and resolves when it answers: about 6 s, and at the first time of a version as long as Maven takes
   * to fetch it.
   *
   * @throws EMBEDDED_VERSION_UNKNOWN
   * @throws EMBEDDED_JAVA_MISSING, EMBEDDED_JAVA_WRONG_VERSION
   * @throws EMBEDDED_MAVEN_MISSING, EMBEDDED_DOWNLOAD_FAILED
   * @throws EMBEDDED_DISK_FULL, EMBEDDED_PORT_TAKEN, EMBEDDED_ADDRESS_UNAVAILABLE
   * @throws EMBEDDED_NODE_EXITED with the tail of the log, when a node ends early for another reason.
   * @throws EMBEDDED_START_TIMED_OUT
   */
  static async start(options: EmbeddedCassandraOptions): Promise<EmbeddedCassandra> {
    const release = findRelease(options.version)
    const { signal, onProgress } = options
    signal?.throwIfAborted()
    const java = await findJava()
    const jars = await resolveJars(release, { ...(signal && { signal }), ...(onProgress && { onProgress }) })
    for (let attempt = 1; ; attempt += 1) {
      const supervisor = await Supervisor.start(options.directory ?? tmpdir(), 'zdm-cassandra-')
      try {
        const context = { supervisor, java, jars, jmxPassword: randomBytes(18).toString('base64url') }
        return await launch(await makePlan(release, options, context), options, (plan, nodes) => {
          return new EmbeddedCassandra(plan, nodes)
        })
      } catch (error) {
        await supervisor.stop()
        signal?.throwIfAborted()
        const isRaced = error instanceof TestkitError && error.code === 'EMBEDDED_PORT_TAKEN'
        if (!isRaced || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error
      }
    }
  }

  /** Kills every node and removes the folder; resolves when both are done. */
  stop(): Promise<void> {
    this.#stopped ??= this.#supervisor.stop()
    return this.#stopped
  }

  /**
   * From now on the cluster outlives this process, and this object can do no more than name it; the result is what
   * {@link EmbeddedCassandra.stopKept} needs.
   */
  async keep(): Promise<string> {
    const handle = await this.#supervisor.keep()
    this.#stopped = Promise.resolve()
    return handle
  }

  /** Ends a cluster that some process kept; false when there is none any more. */
  static stopKept(handle: string): Promise<boolean> {
    return Supervisor.endKept(handle)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

interface Plan {
  release: Release
  clusterName: string
  dataCenter: string
  hasAuth: boolean
  hosts: string[]
  port: number
  settings: NodeSettings[]
  context: NodeContext
}

async function makePlan(release: Release, options: EmbeddedCassandraOptions, context: NodeContext): Promise<Plan> {
  const { nodes = 1, dataCenter = 'datacenter1', clusterName = 'Test Cluster', auth: hasAuth = false } = options
  const { heapMb = 256, jmx = false, settings: yaml = {} } = options
  const { directory } = context.supervisor
  await assertSpace(directory, nodes)
  const hosts = Array.from({ length: nodes }, (_, index) => `127.0.0.${index + 1}`)
  if (options.port !== undefined) await assertPortFree(hosts, options.port)
  const port = options.port ?? (await freePort(hosts))
  const storagePort = await freePort(hosts)
  const tokens = spreadTokens(nodes)
  const settings: NodeSettings[] = []
  for (const [index, host] of hosts.entries()) {
    settings.push({
      release,
      clusterName,
      dataCenter,
      host,
      nativePort: port,
      storagePort,
      seeds: hosts.map((seed) => `${seed}:${storagePort}`),
      initialToken: tokens[index] ?? 0n,
      hasAuth,
      heapMb,
      directory: join(directory, `node${index + 1}`),
      jmxPort: jmx ? await freePort() : null,
      yaml,
    })
  }
  return { release, clusterName, dataCenter, hasAuth, hosts, port, settings, context }
}

async function launch<T>(
  plan: Plan,
  options: EmbeddedCassandraOptions,
  finish: (plan: Plan, nodes: EmbeddedNode[]) => T,
): Promise<T> {
  const { startTimeoutMs = 120_000, onProgress } = options
  const startedMs = performance.now()
  // Ends the waits for the other nodes when one has failed.
  const failed = new AbortController()
  const readiness: ReadinessOptions = {
    credentials: plan.hasAuth ? FIRST_ROLE : undefined,
    deadlineMs: startedMs + startTimeoutMs,
    signal: options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal,
  }
  const nodes = plan.settings.map((settings) => new NodeProcess(settings, plan.context))
  const title = `Cassandra ${plan.release.version} (${plan.clusterName})`
  onProgress?.(`${title}: starting ${nodes.length === 1 ? 'a node' : `${nodes.length} nodes`} on port ${plan.port}`)
  try {
    await Promise.all(
      nodes.map(async (node) => {
        await node.prepare()
        readiness.signal.throwIfAborted()
        await node.spawn()
        await waitForNode(node, readiness)
      }),
    )
    if (nodes.length > 1) await waitForRing(nodes, readiness)
  } catch (error) {
    failed.abort(error)
    throw error
  }
  onProgress?.(`${title}: ready after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  const restart = { credentials: readiness.credentials, startTimeoutMs }
  return finish(
    plan,
    nodes.map((node) => new EmbeddedNode(node, plan.context, restart)),
  )
}

async function assertSpace(directory: string, nodes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  const freeMb = Math.floor((bavail * bsize) / 1_024 / 1_024)
  const neededMb = (nodes * FREE_BYTES_PER_NODE) / 1_024 / 1_024
  if (freeMb >= neededMb) return
  const message = `${freeMb} MB are free in ${directory}, and ${nodes === 1 ? 'a node needs' : `${nodes} nodes need`} ${neededMb} MB: free some, or give another directory`
  throw new TestkitError('EMBEDDED_DISK_FULL', message)
}

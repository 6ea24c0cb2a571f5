import { EmbeddedCassandra, type EmbeddedCassandraOptions } from '@zdmkit/testkit'
import type { Credentials } from '@zdmkit/transport'
import cassandra from 'cassandra-driver'
import { type ProxyOptions, type RunningProxy, startProxy } from '../../src/index.ts'
import type { Routing } from '../../src/routing/routing.ts'
import { LogRecorder } from './log-recorder.ts'
import { RawClient, resultOf } from './raw-client.ts'

/** The names that the exercise gives its clusters. */
const ORIGIN: EmbeddedCassandraOptions = { version: '4.0', clusterName: 'DSE_Cluster', dataCenter: 'dc1' }
const TARGET: EmbeddedCassandraOptions = { version: '5.0', clusterName: 'HCD_Cluster', dataCenter: 'datacenter1' }

/** Nothing is tried again behind a test's back. */
const policies = { retry: new cassandra.policies.retry.FallthroughRetryPolicy() }

export interface ProxyOverrides extends Partial<Omit<ProxyOptions, 'routing' | 'clusters'>> {
  routing?: Partial<Routing>
  /** The proxy's own logins; by default each cluster's first role. */
  credentials?: readonly [Credentials | null, Credentials | null]
}

/** Two real clusters of different major versions, and a direct line to each. */
export class RealPair implements AsyncDisposable {
  readonly origin: EmbeddedCassandra
  readonly target: EmbeddedCassandra
  readonly #lines = new Map<EmbeddedCassandra, RawClient>()

  private constructor(origin: EmbeddedCassandra, target: EmbeddedCassandra) {
    this.origin = origin
    this.target = target
  }

  static async start(options: { auth?: boolean } = {}): Promise<RealPair> {
    const started = await Promise.allSettled(
      [ORIGIN, TARGET].map((spec) => EmbeddedCassandra.start({ ...spec, ...options })),
    )
    const [origin, target] = started.map((result) => (result.status === 'fulfilled' ? result.value : null))
    if (origin && target) return new RealPair(origin, target)
    await Promise.all([origin?.stop(), target?.stop()])
    throw started.find((result) => result.status === 'rejected')?.reason
  }

  get clusters(): readonly EmbeddedCassandra[] {
    return [this.origin, this.target]
  }

  /** A proxy between the two on free ports, with time-outs that a test can wait for. */
  async proxy(overrides: ProxyOverrides = {}): Promise<{ proxy: RunningProxy; log: LogRecorder }> {
    const log = new LogRecorder()
    return { proxy: await startProxy(this.#options(overrides), log.log), log }
  }

  /** A statement on one cluster, past the proxy: its rows as hex. */
  async direct(cluster: EmbeddedCassandra, text: string): Promise<(string | null)[][]> {
    let line = this.#lines.get(cluster)
    if (!line || line.isClosed) {
      const { credentials } = cluster
      line = await RawClient.open(cluster.port, credentials ? { credentials } : {})
      this.#lines.set(cluster, line)
    }
    const result = resultOf(await line.query(text))
    if (result.kind !== 'rows') return []
    return result.rows.map((row) => row.map((cell) => cell?.toString('hex') ?? null))
  }

  /** The same statement on both clusters, past the proxy. */
  async onBoth(text: string): Promise<{ origin: (string | null)[][]; target: (string | null)[][] }> {
    const [origin = [], target = []] = await Promise.all(this.clusters.map((cluster) => this.direct(cluster, text)))
    return { origin, target }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.#lines.values()) await line.close()
    await Promise.all(this.clusters.map((cluster) => cluster.stop()))
  }

  #options({ routing = {}, credentials, ...overrides }: ProxyOverrides): ProxyOptions {
    const buckets = [1, 10, 100, 1000]
    return {
      listenHost: '127.0.0.1',
      listenPort: 0,
      metricsHost: '127.0.0.1',
      metricsPort: 0,
      isMetricsEnabled: true,
      metricsPrefix: 'zdm',
      latencyBucketsMs: { origin: buckets, target: buckets, async: buckets },
      adminHost: '127.0.0.1',
      adminPort: 0,
      adminToken: 'not used here',
      clusters: [clusterOf(this.origin, credentials?.[0]), clusterOf(this.target, credentials?.[1])],
      forwardsClientCredentialsToOrigin: false,
      systemQueries: 'origin',
      routing: { writes: 'dual', primary: 'origin', readMode: 'PRIMARY_ONLY', targetReadPercent: 0, ...routing },
      requestTimeoutMs: 10_000,
      clusterWriteTimeoutMs: 2_000,
      handshakeTimeoutMs: 10_000,
      clientsMax: 1_000,
      streamIdsMax: 2_048,
      connectionsPerHost: 1,
      replacesCqlFunctions: true,
      heartbeatIntervalMs: 1_000,
      heartbeatRetryMinMs: 50,
      heartbeatRetryMaxMs: 500,
      heartbeatRetryFactor: 2,
      heartbeatFailureThreshold: 1,
      topologyAddress: null,
      topologyTokens: 8,
      preparedEntriesMax: 10_000,
      preparedBytesMax: 64 * 1024 * 1024,
      clientPauseBytes: 1024 * 1024,
      clientCloseBytes: 64 * 1024 * 1024,
      clusterQueueBytesMax: 32 * 1024 * 1024,
      ...overrides,
    }
  }
}

/** The Node.js driver over the proxy; shut down at the end of its scope. */
export class DriverSession implements AsyncDisposable {
  readonly client: cassandra.Client

  private constructor(client: cassandra.Client) {
    this.client = client
  }

  static async open(
    port: number,
    options: Partial<cassandra.ClientOptions> & { login?: Credentials } = {},
  ): Promise<DriverSession> {
    const { login, ...rest } = options
    const client = new cassandra.Client({
      contactPoints: [`127.0.0.1:${port}`],
      localDataCenter: 'dc1',
      policies,
      ...(login && { authProvider: new cassandra.auth.PlainTextAuthProvider(login.username, login.password) }),
      ...rest,
    })
    try {
      await client.connect()
    } catch (cause) {
      await client.shutdown()
      throw cause
    }
    return new DriverSession(client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.shutdown()
  }
}

function clusterOf(cluster: EmbeddedCassandra, login?: Credentials | null): ProxyOptions['clusters'][0] {
  const { contactPoints, port, credentials } = cluster
  return { contactPoints, port, credentials: login ?? credentials ?? null, connectionTimeoutMs: 5_000 }
}

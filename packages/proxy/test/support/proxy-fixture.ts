import { eventually, type ReceivedRequest, ScriptedServer, type ScriptedServerOptions } from '@zdmkit/testkit'
import { vi } from 'vitest'
import type { RunningProxy } from '../../src/proxy.ts'
import { startProxy } from '../../src/proxy.ts'
import type { ClusterOptions, ProxyOptions } from '../../src/proxy-options.ts'
import type { Routing } from '../../src/routing/routing.ts'
import { LogRecorder } from './log-recorder.ts'
import { MetricsText } from './metrics-text.ts'
import { type LoginOptions, RawClient } from './raw-client.ts'

export interface FixtureOptions {
  origin?: ScriptedServerOptions
  target?: ScriptedServerOptions
  routing?: Partial<Routing>
  options?: Partial<ProxyOptions>
  /** Changes of each cluster's options: credentials, time-outs. */
  clusters?: { origin?: Partial<ClusterOptions>; target?: Partial<ClusterOptions> }
  /** Called when the clusters listen and the proxy does not yet. */
  script?: (origin: ScriptedServer, target: ScriptedServer) => void
}

export const ADMIN_TOKEN = 'token-of-this-test'

// A test here starts two servers and a proxy, on machines that may be busy.
vi.setConfig({ testTimeout: 20_000 })

/** Data-center names, so that a test sees whose rows it got. */
const ORIGIN: ScriptedServerOptions = { name: 'origin', clusterName: 'Origin Cluster', dataCenter: 'dc1' }
const TARGET: ScriptedServerOptions = { name: 'target', clusterName: 'Target Cluster', dataCenter: 'dc2' }

/**
 * A proxy between two scripted clusters. What holds after every test is asserted when it is disposed: each request was answered
 * once, no cluster saw a frame that a real one would refuse, and the proxy met no defect of its own.
 */
export class ProxyFixture implements AsyncDisposable {
  readonly origin: ScriptedServer
  readonly target: ScriptedServer
  readonly proxy: RunningProxy
  readonly log: LogRecorder
  readonly #clients: RawClient[] = []

  private constructor(origin: ScriptedServer, target: ScriptedServer, proxy: RunningProxy, log: LogRecorder) {
    this.origin = origin
    this.target = target
    this.proxy = proxy
    this.log = log
  }

  static async start(options: FixtureOptions = {}): Promise<ProxyFixture> {
    const origin = await ScriptedServer.start({ ...ORIGIN, ...options.origin })
    const target = await ScriptedServer.start({ ...TARGET, ...options.target })
    options.script?.(origin, target)
    const log = new LogRecorder()
    const proxy = await startProxy(proxyOptions(origin, target, options), log.log)
    return new ProxyFixture(origin, target, proxy, log)
  }

  get servers(): readonly [ScriptedServer, ScriptedServer] {
    return [this.origin, this.target]
  }

  /** A client that is logged in; closed with the fixture at the latest. */
  async client(options?: LoginOptions): Promise<RawClient> {
    return this.#keep(await RawClient.open(this.proxy.port, options))
  }

  /** A client that has sent nothing. */
  async socket(version?: 3 | 4): Promise<RawClient> {
    return this.#keep(await RawClient.connect(this.proxy.port, version))
  }

  async metrics(): Promise<MetricsText> {
    return new MetricsText(await this.proxy.metricsText())
  }

  /** What the clusters got of the clients' requests: statements, no set-up. */
  requests(server: ScriptedServer): ReceivedRequest[] {
    return server.requests.filter(
      ({ type, text }) =>
        (type === 'query' && !/^(SELECT \* FROM system\.|USE )/.test(text)) || type === 'execute' || type === 'batch',
    )
  }

  /** Waits until the admin API would say that the routing is settled. */
  async settled(): Promise<void> {
    await eventually(() => this.proxy.routing.settled)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await eventually(async () => {
        const metrics = await this.metrics()
        assertZero('proxy_unanswered_requests', metrics.get('zdm_proxy_unanswered_requests'))
        for (const type of ['reads_origin', 'reads_target', 'writes']) {
          assertZero(`requests in flight (${type})`, metrics.get('zdm_proxy_inflight_requests_total', { type }))
        }
      })
      for (const client of this.#clients) await client[Symbol.asyncDispose]()
    } finally {
      await this.proxy.stop()
      for (const server of this.servers) await server.stop()
    }
    for (const server of this.servers) {
      const [violation] = server.violations
      if (violation) throw new Error(`${server.name} was sent what a cluster refuses: ${violation.problem}`)
    }
    const defect = this.log.lines.find(({ level }) => level === 'error' || level === 'fatal')
    if (defect) throw new Error(`the proxy met a defect: ${JSON.stringify(defect)}`)
  }

  #keep(client: RawClient): RawClient {
    this.#clients.push(client)
    return client
  }
}

/** Options of a proxy between these two, with time-outs that a test can wait for. */
export function proxyOptions(
  origin: ScriptedServer,
  target: ScriptedServer,
  { options = {}, clusters = {}, routing = {} }: FixtureOptions = {},
): ProxyOptions {
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
    adminToken: ADMIN_TOKEN,
    clusters: [
      { ...clusterOf(origin), ...clusters.origin },
      { ...clusterOf(target), ...clusters.target },
    ],
    forwardsClientCredentialsToOrigin: false,
    systemQueries: 'origin',
    routing: { writes: 'dual', primary: 'origin', readMode: 'PRIMARY_ONLY', targetReadPercent: 0, ...routing },
    // Long enough for a busy machine; tests of time-outs take a short one.
    requestTimeoutMs: 5_000,
    clusterWriteTimeoutMs: 300,
    handshakeTimeoutMs: 5_000,
    clientsMax: 1_000,
    streamIdsMax: 2_048,
    connectionsPerHost: 1,
    replacesCqlFunctions: true,
    heartbeatIntervalMs: 30_000,
    heartbeatRetryMinMs: 20,
    heartbeatRetryMaxMs: 100,
    heartbeatRetryFactor: 2,
    heartbeatFailureThreshold: 1,
    topologyAddress: null,
    topologyTokens: 8,
    preparedEntriesMax: 1_000,
    preparedBytesMax: 1_000_000,
    clientPauseBytes: 1024 * 1024,
    clientCloseBytes: 64 * 1024 * 1024,
    clusterQueueBytesMax: 32 * 1024 * 1024,
    ...options,
  }
}

function clusterOf(server: ScriptedServer): ClusterOptions {
  return { contactPoints: [server.host], port: server.port, credentials: null, connectionTimeoutMs: 2_000 }
}

function assertZero(what: string, value: number | undefined): void {
  if (value !== 0) throw new Error(`${what}: ${value}, not 0`)
}

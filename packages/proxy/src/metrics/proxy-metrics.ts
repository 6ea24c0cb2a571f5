import { type HotCounter, type HotGauge, type HotHistogram, MetricsRegistry } from '@zdmkit/runtime'
import type { ProxyOptions } from '../proxy-options.ts'
import { BOTH, type Destination } from '../routing/route.ts'
import { type Request, RequestKind } from '../settle/request.ts'
import { clusterNames, type PerSide, type Side, TARGET } from '../side.ts'
import { type NodeError, NodeMetrics, type NodeRecorders, nodeErrors } from './node-metrics.ts'

const requestTypes = ['reads_origin', 'reads_target', 'writes'] as const
const WRITES = 2

/** Prefixes of the node-level series: each cluster's, and the asynchronous reads'. */
type NodeScope = 'origin' | 'target' | 'async'

/**
 * Every series of the proxy, under ZDM Proxy 2.4.2's names and labels; new ones after them. Counted in plain fields, exported
 * when scraped.
 */
export class ProxyMetrics {
  readonly registry: MetricsRegistry
  readonly failedConnections: PerSide<HotCounter>
  readonly failedReads: PerSide<HotCounter>
  readonly failedWrites: { readonly origin: HotCounter; readonly target: HotCounter; readonly both: HotCounter }
  readonly preparedMisses: HotCounter
  readonly replacedFunctions: HotCounter
  readonly readMismatches: HotCounter
  readonly readComparisons: HotCounter
  readonly droppedAsyncReads: HotCounter
  /** Requests taken on, and requests answered; their difference waits for a cluster, or nobody ever answered it. */
  admitted = 0
  finishedCount = 0
  readonly #durations: readonly HotHistogram[]
  readonly #inFlight: readonly HotGauge[]
  readonly #scopes: Readonly<Record<NodeScope, (node: string) => NodeRecorders>>
  readonly #nodes = new Map<string, NodeMetrics>()
  readonly #turns: PerSide<number> = [0, 0]

  constructor(options: ProxyOptions) {
    const registry = new MetricsRegistry({ prefix: options.metricsPrefix })
    this.registry = registry
    const buckets = {
      origin: seconds(options.latencyBucketsMs.origin),
      target: seconds(options.latencyBucketsMs.target),
      async: seconds(options.latencyBucketsMs.async),
    }
    const perCluster = (name: string, help: string): PerSide<HotCounter> => {
      const family = registry.counterFamily({ name, help, labelNames: ['cluster'] })
      return [family.child({ cluster: 'origin' }), family.child({ cluster: 'target' })]
    }
    this.failedConnections = perCluster(
      'proxy_failed_connections_total',
      'Client connections refused because a cluster could not be reached',
    )
    this.failedReads = perCluster('proxy_failed_reads_total', 'Reads answered with an error')
    const failedWrites = registry.counterFamily({
      name: 'proxy_failed_writes_total',
      help: 'Writes that failed on one cluster or on both',
      labelNames: ['failed_on'],
    })
    this.failedWrites = {
      origin: failedWrites.child({ failed_on: 'origin' }),
      target: failedWrites.child({ failed_on: 'target' }),
      both: failedWrites.child({ failed_on: 'both' }),
    }
    this.preparedMisses = registry.counter({
      name: 'pscache_miss_total',
      help: 'Prepared statements that clients used and the proxy did not know',
    })
    const durations = registry.histogramFamily({
      name: 'proxy_request_duration_seconds',
      help: 'Time from the arrival of a request at the proxy to its answer',
      labelNames: ['type'],
      buckets: buckets.origin,
    })
    this.#durations = requestTypes.map((type) => durations.child({ type }))
    const inFlight = registry.gaugeFamily({
      name: 'proxy_inflight_requests_total',
      help: 'Requests sent to a cluster and not answered yet',
      labelNames: ['type'],
    })
    this.#inFlight = requestTypes.map((type) => inFlight.child({ type }))
    this.replacedFunctions = registry.counter({
      name: 'proxy_replaced_functions_total',
      help: 'Calls of uuid(), now() and the like that were replaced by one value for both clusters',
    })
    this.readComparisons = registry.counter({
      name: 'proxy_read_comparisons_total',
      help: 'Reads whose answers of both clusters were compared',
    })
    this.readMismatches = registry.counter({
      name: 'proxy_read_mismatches_total',
      help: 'Compared reads whose answers still differed when both clusters were read again',
    })
    this.droppedAsyncReads = registry.counter({
      name: 'proxy_dropped_async_reads_total',
      help: 'Reads that were not compared because the second cluster could not be asked or did not answer',
    })
    registry.callbackGauge(
      {
        name: 'proxy_unanswered_requests',
        help: 'Requests admitted that no time-out will answer any more; anything but 0 is a defect',
      },
      () => this.admitted - this.finishedCount - this.#waitingCount(),
    )
    this.#scopes = {
      origin: this.#nodeScope('origin', buckets.origin, 'the origin cluster'),
      target: this.#nodeScope('target', buckets.target, 'the target cluster'),
      async: this.#nodeScope('async', buckets.async, 'the cluster of asynchronous reads'),
    }
    if (options.isMetricsEnabled) registry.defaultMetrics()
  }

  /** Gauges that ask a running proxy. */
  observe(sources: { clientConnections: () => number; preparedEntries: () => number; waiting: () => number }): void {
    const { registry } = this
    registry.callbackGauge(
      { name: 'client_connections_total', help: 'Open client connections' },
      sources.clientConnections,
    )
    registry.callbackGauge(
      { name: 'pscache_entries_total', help: 'Prepared statements that the proxy knows' },
      sources.preparedEntries,
    )
    this.#waitingCount = sources.waiting
  }

  /** The node's recorders; its series begin at zero with the first call. */
  node(side: Side, node: string): NodeMetrics {
    return this.#node(clusterNames[side], node)
  }

  asyncNode(node: string): NodeMetrics {
    return this.#node('async', node)
  }

  /** Which of `count` contact points is next for a new connection. */
  nextNode(side: Side, count: number): number {
    return this.#turns[side]++ % Math.max(1, count)
  }

  /** HOT PATH: the request goes to a cluster. */
  started(request: Request, destination: Destination): void {
    request.series = request.kind === RequestKind.READ ? (destination === TARGET ? 1 : 0) : WRITES
    if (request.kind !== RequestKind.READ && destination !== BOTH) request.series = WRITES
    this.#inFlight[request.series]?.inc()
  }

  /** HOT PATH: the request was answered. */
  finished(request: Request, nowMs: number): void {
    this.finishedCount++
    if (request.series < 0) return
    this.#inFlight[request.series]?.dec()
    this.#durations[request.series]?.observe((nowMs - request.startMs) / 1000)
  }

  /** Requests that will be answered by their time-out at the latest. */
  #waitingCount: () => number = () => 0

  #node(scope: NodeScope, node: string): NodeMetrics {
    const key = `${scope} ${node}`
    let metrics = this.#nodes.get(key)
    if (!metrics) {
      metrics = new NodeMetrics(this.#scopes[scope](node))
      this.#nodes.set(key, metrics)
    }
    return metrics
  }

  #nodeScope(scope: NodeScope, buckets: readonly number[], what: string): (node: string) => NodeRecorders {
    const { registry } = this
    const failed = registry.counterFamily({
      name: `${scope}_requests_failed_total`,
      help: `Requests that failed on ${what}`,
      labelNames: ['node', 'error'],
    })
    const durations = registry.histogramFamily({
      name: `${scope}_request_duration_seconds`,
      help: `Time from the arrival of a request at the proxy to the answer of ${what}`,
      labelNames: ['node', 'type'],
      buckets,
    })
    const connections = registry.gaugeFamily({
      name: `${scope}_connections_total`,
      help: `Open connections to ${what}`,
      labelNames: ['node'],
    })
    const failedConnections = registry.counterFamily({
      name: `${scope}_failed_connections_total`,
      help: `Connections to ${what} that could not be opened`,
      labelNames: ['node'],
    })
    registry.callbackGaugeFamily(
      {
        name: `${scope}_used_stream_ids_total`,
        help: `Stream ids in use on connections to ${what}`,
        labelNames: ['node'],
      },
      () => this.#valuesOf(scope, (metrics) => metrics.usedStreams),
    )
    if (scope === 'async') {
      registry.callbackGaugeFamily(
        { name: 'async_inflight_requests_total', help: 'Asynchronous reads not answered yet', labelNames: ['node'] },
        () => this.#valuesOf(scope, (metrics) => metrics.asyncInFlight),
      )
    }
    return (node) => ({
      reads: durations.child({ node, type: 'reads' }),
      writes: durations.child({ node, type: 'writes' }),
      errors: Object.fromEntries(nodeErrors.map((error) => [error, failed.child({ node, error })])) as Record<
        NodeError,
        HotCounter
      >,
      connections: connections.child({ node }),
      failedConnections: failedConnections.child({ node }),
    })
  }

  #valuesOf(scope: NodeScope, read: (metrics: NodeMetrics) => number): { labels: { node: string }; value: number }[] {
    return [...this.#nodes]
      .filter(([key]) => key.startsWith(`${scope} `))
      .map(([key, metrics]) => ({ labels: { node: key.slice(scope.length + 1) }, value: read(metrics) }))
  }
}

function seconds(bucketsMs: readonly number[]): number[] {
  return bucketsMs.map((ms) => ms / 1000)
}

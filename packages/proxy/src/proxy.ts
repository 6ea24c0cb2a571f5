import { lookup } from 'node:dns/promises'
import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, isIP, type Server, type Socket } from 'node:net'
import type { Event } from '@zdmkit/protocol'
import type { Logger } from '@zdmkit/runtime'
import { createAdminServer } from './admin/admin-server.ts'
import { ClientConnection } from './client/client-connection.ts'
import { StatementCache } from './client/statement-cache.ts'
import { DualReads } from './compare/dual-reads.ts'
import { ControlConnection } from './control/control-connection.ts'
import { ProxyError } from './errors.ts'
import { Groups } from './group/groups.ts'
import { createMetricsServer } from './metrics/metrics-server.ts'
import { ProxyMetrics } from './metrics/proxy-metrics.ts'
import { PreparedCache } from './prepared/prepared-cache.ts'
import type { ProxyContext } from './proxy-context.ts'
import type { ProxyOptions } from './proxy-options.ts'
import { Generations } from './routing/generations.ts'
import { neededSides } from './routing/needed-sides.ts'
import { changeRouting, type Routing } from './routing/routing.ts'
import { Deadlines } from './settle/deadlines.ts'
import { ORIGIN, type PerSide, sideOf, TARGET } from './side.ts'
import { virtualNode } from './virtual/virtual-node.ts'
import { VirtualTables } from './virtual/virtual-tables.ts'
import { createFunctionValues } from './write/function-values.ts'
import { MonotonicMicros } from './write/timestamps.ts'

/** Time-outs are found this much late at most. */
const SWEEP_MS = 50
/** A stop waits for time-outs that are found late. */
const STOP_GRACE_MS = 1000
const STATEMENTS_MAX = 2048
const BACKLOG = 1024

/** The routing in force, as the admin API tells it. */
export interface RoutingStatus extends Routing {
  readonly generation: number
  /** No request routed by an earlier generation can reach a cluster any more. */
  readonly settled: boolean
  /** Microseconds since the epoch by the proxy's clock, when this routing came into force. */
  readonly changedAtMicros: string
  /** When `writes` took its present value: the latest fence for a backfill. */
  readonly writesChangedAtMicros: string
  /** Requests of earlier generations that are on their way. */
  readonly unsettledRequests: number
}

/** A proxy that serves. */
export class RunningProxy implements AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  readonly adminPort: number
  readonly #context: ProxyContext
  readonly #servers: readonly (Server | HttpServer)[]
  readonly #sweep: NodeJS.Timeout
  #stopping: Promise<void> | null = null

  constructor(context: ProxyContext, servers: { cql: Server; metrics: HttpServer; admin: HttpServer }) {
    this.#context = context
    this.#servers = [servers.cql, servers.metrics, servers.admin]
    this.host = context.options.listenHost
    this.port = portOf(servers.cql)
    this.metricsPort = portOf(servers.metrics)
    this.adminPort = portOf(servers.admin)
    this.#sweep = setInterval(() => this.#onSweep(), SWEEP_MS)
  }

  get routing(): RoutingStatus {
    return routingStatus(this.#context)
  }

  /** As PUT /api/v1/routing. @throws PROXY_ROUTING_BAD_VALUE, PROXY_ROUTING_CONFLICT */
  changeRouting(change: unknown): RoutingStatus {
    return applyRouting(this.#context, change)
  }

  /** Metrics as text, as GET /metrics. */
  metricsText(): Promise<string> {
    return this.#context.metrics.registry.text()
  }

  /** Answers what is in flight, refuses what is new, then closes everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #onSweep(): void {
    const context = this.#context
    const { options } = context
    const now = performance.now()
    context.nowMs = now
    context.deadlines.sweep(now - options.requestTimeoutMs)
    context.dualReads.sweep(now - options.requestTimeoutMs)
    context.groups.sweep(now)
    for (const client of context.clients) {
      if (client.isLoggedIn) continue
      if (now - client.sinceMs < options.handshakeTimeoutMs) continue
      context.log.warn('client-handshake-timeout', { client: client.peer, timeoutMs: options.handshakeTimeoutMs })
      client.socket.destroy()
      client.close()
    }
  }

  async #stop(): Promise<void> {
    const context = this.#context
    context.isDraining = true
    const [cql, ...http] = this.#servers
    const closed = cql ? closeServer(cql) : Promise.resolve()
    const until = performance.now() + context.options.requestTimeoutMs + STOP_GRACE_MS
    while ([...context.clients].some((client) => client.inFlight > 0) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, SWEEP_MS))
    }
    clearInterval(this.#sweep)
    // Those of the last moment have had their time by now, whether a sweep has found it or not.
    context.deadlines.sweep(Number.POSITIVE_INFINITY)
    for (const client of [...context.clients]) client.close()
    context.groups.close()
    for (const control of context.controls) control.close()
    await Promise.all([closed, ...http.map(closeServer)])
    context.log.info('proxy-stopped')
  }
}

/**
 * Starts a proxy: both control connections are tried once before it listens, and kept trying afterwards.
 * @throws PROXY_LISTEN_FAILED when a port cannot be had
 */
export async function startProxy(options: ProxyOptions, log: Logger): Promise<RunningProxy> {
  const metrics = new ProxyMetrics(options)
  const controls: PerSide<ControlConnection> = [
    new ControlConnection(ORIGIN, options, log),
    new ControlConnection(TARGET, options, log),
  ]
  const micros = new MonotonicMicros()
  const clients = new Set<ClientConnection>()
  let port = options.listenPort
  let isStarted = false
  const isListed = options.topologyAddress !== null
  const listener = await listenerAddresses(options.listenHost)
  const address = options.topologyAddress ?? listener.shown
  const context: ProxyContext = {
    options,
    log,
    metrics,
    generations: new Generations(options.routing, micros.next()),
    deadlines: new Deadlines(),
    prepared: new PreparedCache(options.preparedEntriesMax, options.preparedBytesMax),
    statements: new StatementCache(STATEMENTS_MAX),
    controls,
    groups: new Groups(),
    virtual: new VirtualTables(
      controls,
      () => virtualNode({ address, isListed, port, index: 0, count: 1, tokenCount: options.topologyTokens }),
      sideOf(options.systemQueries),
    ),
    dualReads: new DualReads(),
    micros,
    functionValues: createFunctionValues(),
    clients,
    nowMs: performance.now(),
    clusterWriteTimeoutMs: options.clusterWriteTimeoutMs,
    isDraining: false,
  }
  metrics.observe({
    clientConnections: () => clients.size,
    preparedEntries: () => context.prepared.size,
    waiting: () => context.deadlines.size,
  })
  for (const control of controls) control.onEvent = (event) => passEvent(context, control, event)
  let slot = 0
  const cql = createServer({ noDelay: true }, (socket) => accept(context, socket, slot++))
  const metricsServer = createMetricsServer({
    isMetricsEnabled: options.isMetricsEnabled,
    registry: metrics.registry,
    failureThreshold: options.heartbeatFailureThreshold,
    status: () =>
      isStarted
        ? { controls: [controls[ORIGIN].status, controls[TARGET].status], isDraining: context.isDraining }
        : null,
  })
  const admin = createAdminServer({
    token: options.adminToken,
    log,
    actions: {
      readRouting: () => routingStatus(context),
      changeRouting: (change) => applyRouting(context, change),
    },
  })
  const opened: (Server | HttpServer)[] = []
  const open = async (server: Server | HttpServer, host: string, onPort: number, what: string): Promise<void> => {
    await listen(log, server, host, onPort, what)
    opened.push(server)
  }
  try {
    await open(metricsServer, options.metricsHost, options.metricsPort, 'metrics')
    await Promise.all(controls.map((control) => control.start()))
    await open(admin, options.adminHost, options.adminPort, 'admin')
    await open(cql, listener.bound, options.listenPort, 'proxy')
  } catch (cause) {
    for (const control of controls) control.close()
    await Promise.all(opened.map(closeServer))
    throw cause
  }
  port = portOf(cql)
  isStarted = true
  const running = new RunningProxy(context, { cql, metrics: metricsServer, admin })
  log.info('proxy-started', {
    listen: `${options.listenHost}:${running.port}`,
    metrics: `${options.metricsHost}:${running.metricsPort}`,
    admin: `${options.adminHost}:${running.adminPort}`,
    ...options.routing,
  })
  return running
}

function accept(context: ProxyContext, socket: Socket, slot: number): void {
  const { clients, options, log } = context
  if (context.isDraining || clients.size >= options.clientsMax) {
    const reason = context.isDraining
      ? 'the proxy is shutting down'
      : `proxy_max_client_connections (${options.clientsMax}) reached`
    log.warn('client-refused', { client: `${socket.remoteAddress}:${socket.remotePort}`, reason })
    socket.on('error', () => {})
    socket.destroy()
    return
  }
  clients.add(new ClientConnection(context, socket, slot))
}

/** Schema changes of the primary go to every client that asked for them; the two clusters' own nodes concern nobody. */
function passEvent(context: ProxyContext, control: ControlConnection, event: Event): void {
  if (event.kind !== 'schema_change') return
  const primary = context.generations.current.routing.primary === 'origin' ? ORIGIN : TARGET
  if (control.side !== primary) return
  for (const client of context.clients) {
    if (client.isLoggedIn && client.eventTypes.has('SCHEMA_CHANGE')) client.sendEvent(event)
  }
}

function routingStatus(context: ProxyContext): RoutingStatus {
  const { generations } = context
  const { number, routing, sinceMicros, writesSinceMicros } = generations.current
  return {
    ...routing,
    generation: number,
    settled: generations.isSettled(performance.now()),
    changedAtMicros: sinceMicros.toString(),
    writesChangedAtMicros: writesSinceMicros.toString(),
    unsettledRequests: generations.unsettledRequests,
  }
}

function applyRouting(context: ProxyContext, change: unknown): RoutingStatus {
  const { generations, log, micros } = context
  const before = generations.current.routing
  const routing = changeRouting(before, change)
  const generation = generations.change(routing, micros.next())
  for (const group of context.groups.all()) for (const side of neededSides(routing)) group.links[side].wake()
  log.info('routing-changed', { generation: generation.number, from: before, to: routing })
  return routingStatus(context)
}

/**
 * The address to listen on and the one that drivers are told, which must be the same: a name such as localhost stands for
 * several. A proxy that listens everywhere shows loopback.
 */
async function listenerAddresses(host: string): Promise<{ bound: string; shown: string }> {
  if (host === '0.0.0.0' || host === '::') return { bound: host, shown: '127.0.0.1' }
  if (isIP(host) !== 0) return { bound: host, shown: host }
  const found = await lookup(host, { all: true }).catch(() => [])
  const address = (found.find(({ family }) => family === 4) ?? found[0])?.address
  return { bound: address ?? host, shown: address ?? '127.0.0.1' }
}

function listen(log: Logger, server: Server | HttpServer, host: string, port: number, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another process listens there' : cause.message
      const key = what === 'metrics' ? 'metrics_port' : what === 'admin' ? 'admin_port' : 'proxy_listen_port'
      reject(
        new ProxyError(
          'PROXY_LISTEN_FAILED',
          `cannot listen on ${host}:${port} (${key}): ${reason}; free the port or set ${key}`,
          { cause },
        ),
      )
    })
    const onListening = (): void => {
      server.removeAllListeners('error')
      // Out of file descriptors, for one: those connected are served on.
      server.on('error', (cause) => log.error('accept-failed', { port: what, error: cause }))
      resolve()
    }
    server.listen({ host, port, backlog: BACKLOG }, onListening)
  })
}

function closeServer(server: Server | HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}

function portOf(server: Server | HttpServer): number {
  return (server.address() as AddressInfo | null)?.port ?? 0
}

import {
  type Event,
  encodeResponse,
  Opcode,
  options as optionsMessage,
  type ProtocolVersion,
  type Result,
  register,
  supported,
} from '@zdmkit/protocol'
import type { Logger } from '@zdmkit/runtime'
import { CqlConnection, TransportError } from '@zdmkit/transport'
import type { ClusterOptions, ProxyOptions } from '../proxy-options.ts'
import { clusterNames, type PerSide, type Side } from '../side.ts'

type Rows = Extract<Result, { kind: 'rows' }>

/** What a cluster says about itself; taken again each time the control connection opens. */
export interface ClusterDescription {
  /** The version of the connection: the highest that the cluster and the proxy both speak. */
  readonly version: ProtocolVersion
  readonly local: Rows
  readonly peers: Rows
  readonly supported: Readonly<Record<string, readonly string[]>>
}

export interface ControlStatus {
  /** `host:port`, or `NOT_CONNECTED`. */
  address: string
  failureCount: number
}

/** Versions tried, best first. */
const VERSIONS: readonly ProtocolVersion[] = [4, 3]

/** The highest version that both clusters are known to speak, which is all that clients are offered. */
export function highestVersion(controls: PerSide<ControlConnection>): ProtocolVersion {
  return controls.some(({ description }) => description?.version === 3) ? 3 : 4
}

/** `3/v3, 4/v4`: the versions up to this one, as servers list them and drivers look for them. */
export function versionNames(highest: ProtocolVersion): string[] {
  return VERSIONS.filter((version) => version <= highest)
    .map((version) => `${version}/v${version}`)
    .reverse()
}

/** What a client of a version that is not spoken here is told, in the words of Cassandra. */
export function versionRefusal(version: number, highest: ProtocolVersion): string {
  return `Invalid or unsupported protocol version (${version}); supported versions are (${versionNames(highest).join(', ')})`
}

/**
 * One connection to each cluster that belongs to no client: it learns what the cluster is, hears its schema events, and its
 * heartbeats say whether the cluster is there.
 */
export class ControlConnection {
  readonly side: Side
  readonly #options: ProxyOptions
  readonly #cluster: ClusterOptions
  readonly #log: Logger
  #connection: CqlConnection | null = null
  #description: ClusterDescription | null = null
  #failureCount = 0
  #retryMs: number
  #timer: NodeJS.Timeout | null = null
  #isClosed = false
  readonly #abort = new AbortController()
  /** Server events, once started. */
  onEvent: (event: Event) => void = () => {}

  constructor(side: Side, options: ProxyOptions, log: Logger) {
    this.side = side
    this.#options = options
    this.#cluster = options.clusters[side]
    this.#log = log
    this.#retryMs = options.heartbeatRetryMinMs
  }

  get description(): ClusterDescription | null {
    return this.#description
  }

  get status(): ControlStatus {
    const connection = this.#connection
    return {
      address: connection ? `${connection.host}:${connection.port}` : 'NOT_CONNECTED',
      failureCount: this.#failureCount,
    }
  }

  /** Connects, and keeps connecting until it works or `close`. Resolves with whether the first attempt worked. */
  start(): Promise<boolean> {
    return this.#attempt()
  }

  /** SUPPORTED for a client: what both clusters offer; no compression, which this proxy does not speak. */
  supportedFrame(version: ProtocolVersion, stream: number, other: ControlConnection): Buffer {
    const known = this.#description?.supported ?? other.description?.supported ?? {}
    const cqlVersion = known['CQL_VERSION'] ?? ['3.4.5']
    const versions = versionNames(highestVersion([this, other]))
    const options = { CQL_VERSION: [...cqlVersion], COMPRESSION: [], PROTOCOL_VERSIONS: versions }
    return encodeResponse(supported, { options }, { version, stream })
  }

  close(): void {
    this.#isClosed = true
    this.#abort.abort(new Error('the proxy stops'))
    if (this.#timer) clearTimeout(this.#timer)
    this.#connection?.close()
    this.#connection = null
  }

  async #attempt(): Promise<boolean> {
    try {
      await this.#open()
      this.#failureCount = 0
      this.#retryMs = this.#options.heartbeatRetryMinMs
      this.#schedule(this.#options.heartbeatIntervalMs, () => this.#heartbeat())
      return true
    } catch (cause) {
      if (!this.#isClosed) this.#failed(cause)
      return false
    }
  }

  async #open(): Promise<void> {
    let failure: unknown
    for (const host of this.#cluster.contactPoints) {
      for (const version of VERSIONS) {
        try {
          await this.#openNode(host, version)
          return
        } catch (cause) {
          failure = cause
          // Only a refusal of the version is worth another one.
          if (!(cause instanceof TransportError && cause.code === 'TRANSPORT_PROTOCOL')) break
        }
      }
      if (this.#isClosed) break
    }
    throw failure
  }

  async #openNode(host: string, version: ProtocolVersion): Promise<void> {
    const connection = await CqlConnection.open({
      host,
      port: this.#cluster.port,
      version,
      credentials: this.#cluster.credentials ?? undefined,
      connectTimeoutMs: this.#cluster.connectionTimeoutMs,
      signal: this.#abort.signal,
      onEvent: (event) => this.onEvent(event),
      onClose: (reason) => this.#lost(reason),
    })
    try {
      const local = rows(await connection.query('SELECT * FROM system.local'))
      const peers = rows(await connection.query('SELECT * FROM system.peers'))
      const answer = await connection.request(optionsMessage, {})
      await connection.request(register, { eventTypes: ['SCHEMA_CHANGE'] })
      const offered = answer.opcode === Opcode.SUPPORTED ? supported.decode(answer.body, version).options : {}
      if (this.#isClosed) throw new TransportError('TRANSPORT_CONNECTION_LOST', 'the proxy stops')
      this.#description = { version, local, peers, supported: offered }
      this.#connection = connection
    } catch (cause) {
      connection.close()
      throw cause
    }
    this.#log.info('control-connected', { cluster: clusterNames[this.side], node: `${host}:${this.#cluster.port}` })
  }

  async #heartbeat(): Promise<void> {
    const connection = this.#connection
    if (!connection) return
    try {
      await connection.request(optionsMessage, {}, { timeoutMs: this.#options.requestTimeoutMs })
      this.#schedule(this.#options.heartbeatIntervalMs, () => this.#heartbeat())
    } catch {
      // Closing it brings `#lost`, which counts and reconnects.
      connection.close()
      if (this.#connection === connection) this.#lost(null)
    }
  }

  #lost(reason: TransportError | null): void {
    if (this.#isClosed || this.#connection === null) return
    this.#connection = null
    this.#failed(reason)
  }

  #failed(cause: unknown): void {
    this.#failureCount++
    const message = cause instanceof Error ? cause.message : 'heartbeat not answered'
    this.#log.warn('control-connection-failed', {
      cluster: clusterNames[this.side],
      error: message,
      retryMs: this.#retryMs,
    })
    this.#schedule(this.#retryMs, async () => void (await this.#attempt()))
    this.#retryMs = Math.min(this.#retryMs * this.#options.heartbeatRetryFactor, this.#options.heartbeatRetryMaxMs)
  }

  #schedule(delayMs: number, step: () => Promise<void>): void {
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void step()
    }, delayMs)
  }
}

function rows(result: Result): Rows {
  if (result.kind !== 'rows')
    throw new TransportError('TRANSPORT_PROTOCOL', `a SELECT was answered with a result of kind ${result.kind}`)
  return result
}

import type { Credentials } from '@zdmkit/transport'
import type { Routing } from './routing/routing.ts'
import type { PerSide } from './side.ts'

/** One cluster as the proxy reaches it. */
export interface ClusterOptions {
  /** Host names or addresses; all have the same port. */
  readonly contactPoints: readonly string[]
  readonly port: number
  readonly credentials: Credentials | null
  readonly connectionTimeoutMs: number
}

/** A proxy's settings as its parts use them; made from the settings table by `run.ts`, or by hand. */
export interface ProxyOptions {
  readonly listenHost: string
  /** 0: any free port. */
  readonly listenPort: number
  readonly metricsHost: string
  readonly metricsPort: number
  readonly isMetricsEnabled: boolean
  readonly metricsPrefix: string
  readonly latencyBucketsMs: {
    readonly origin: readonly number[]
    readonly target: readonly number[]
    readonly async: readonly number[]
  }
  readonly adminHost: string
  readonly adminPort: number
  readonly adminToken: string
  readonly clusters: PerSide<ClusterOptions>
  readonly forwardsClientCredentialsToOrigin: boolean
  readonly systemQueries: 'origin' | 'target'
  readonly routing: Routing
  readonly requestTimeoutMs: number
  readonly clusterWriteTimeoutMs: number
  readonly handshakeTimeoutMs: number
  readonly clientsMax: number
  /** Requests in flight of one client. */
  readonly streamIdsMax: number
  readonly connectionsPerHost: number
  readonly replacesCqlFunctions: boolean
  readonly heartbeatIntervalMs: number
  readonly heartbeatRetryMinMs: number
  readonly heartbeatRetryMaxMs: number
  readonly heartbeatRetryFactor: number
  readonly heartbeatFailureThreshold: number
  /** Address that the virtual node shows to drivers; `null`: that of the listener. */
  readonly topologyAddress: string | null
  readonly topologyTokens: number
  readonly preparedEntriesMax: number
  readonly preparedBytesMax: number
  /** A client is not read while more answer bytes than this wait for it, and closed at `clientCloseBytes`. */
  readonly clientPauseBytes: number
  readonly clientCloseBytes: number
  /** A cluster connection with more request bytes waiting than this takes no more. */
  readonly clusterQueueBytesMax: number
}

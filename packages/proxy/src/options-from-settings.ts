import { isIP } from 'node:net'
import { SettingsError } from '@zdmkit/runtime'
import type { ClusterOptions, ProxyOptions } from './proxy-options.ts'
import { initialRouting } from './routing/routing.ts'
import type { ProxySettings } from './settings.ts'

const PREPARED_ENTRIES_MAX = 10_000
const PREPARED_BYTES_MAX = 64 * 1024 * 1024
/** A client with this much unread is slow; 64 times as much, it is gone. */
const CLIENT_PAUSE_BYTES = 1024 * 1024
const CLIENT_CLOSE_BYTES = 64 * 1024 * 1024
const CLUSTER_QUEUE_BYTES_MAX = 32 * 1024 * 1024

/** The options that validated settings stand for. @throws PROXY_ROUTING_CONFLICT, CONFIG_BAD_VALUE */
export function proxyOptions(settings: ProxySettings, adminToken: string): ProxyOptions {
  const lower = <T extends string>(text: T): Lowercase<T> => text.toLowerCase() as Lowercase<T>
  return {
    listenHost: settings.proxyListenAddress,
    listenPort: settings.proxyListenPort,
    metricsHost: settings.metricsAddress,
    metricsPort: settings.metricsPort,
    isMetricsEnabled: settings.metricsEnabled,
    metricsPrefix: settings.metricsPrefix,
    latencyBucketsMs: {
      origin: settings.metricsOriginLatencyBucketsMs,
      target: settings.metricsTargetLatencyBucketsMs,
      async: settings.metricsAsyncReadLatencyBucketsMs,
    },
    adminHost: settings.adminAddress,
    adminPort: settings.adminPort,
    adminToken,
    clusters: [
      cluster(
        settings.originContactPoints,
        settings.originPort,
        settings.originUsername,
        settings.originPassword.reveal(),
        settings.originConnectionTimeoutMs,
      ),
      cluster(
        settings.targetContactPoints,
        settings.targetPort,
        settings.targetUsername,
        settings.targetPassword.reveal(),
        settings.targetConnectionTimeoutMs,
      ),
    ],
    forwardsClientCredentialsToOrigin: settings.forwardClientCredentialsToOrigin,
    systemQueries: lower(settings.systemQueriesMode),
    routing: initialRouting(lower(settings.primaryCluster), settings.readMode, lower(settings.writeMode)),
    requestTimeoutMs: settings.proxyRequestTimeoutMs,
    clusterWriteTimeoutMs: settings.clusterWriteTimeoutMs,
    handshakeTimeoutMs: settings.proxyHandshakeTimeoutMs,
    clientsMax: settings.proxyMaxClientConnections,
    streamIdsMax: settings.proxyMaxStreamIds,
    connectionsPerHost: settings.connectionsPerHost,
    replacesCqlFunctions: settings.replaceCqlFunctions,
    heartbeatIntervalMs: settings.heartbeatIntervalMs,
    heartbeatRetryMinMs: settings.heartbeatRetryIntervalMinMs,
    heartbeatRetryMaxMs: settings.heartbeatRetryIntervalMaxMs,
    heartbeatRetryFactor: settings.heartbeatRetryBackoffFactor,
    heartbeatFailureThreshold: settings.heartbeatFailureThreshold,
    topologyAddress: topologyAddress(settings.proxyTopologyAddresses),
    topologyTokens: settings.proxyTopologyNumTokens,
    preparedEntriesMax: PREPARED_ENTRIES_MAX,
    preparedBytesMax: PREPARED_BYTES_MAX,
    clientPauseBytes: CLIENT_PAUSE_BYTES,
    clientCloseBytes: CLIENT_CLOSE_BYTES,
    clusterQueueBytesMax: CLUSTER_QUEUE_BYTES_MAX,
  }
}

/** This instance's address; drivers can be told addresses only, so a name is refused as ZDM Proxy does. */
function topologyAddress(addresses: readonly string[]): string | null {
  const key = 'proxy_topology_addresses'
  const name = addresses.find((address) => isIP(address) === 0)
  if (name !== undefined) {
    const message = `${key}: "${name}" is not an IP address`
    throw new SettingsError([{ code: 'CONFIG_BAD_VALUE', key, source: null, message }])
  }
  return addresses[0] ?? null
}

function cluster(
  contactPoints: readonly string[],
  port: number,
  username: string,
  password: string,
  connectionTimeoutMs: number,
): ClusterOptions {
  return { contactPoints, port, credentials: username === '' ? null : { username, password }, connectionTimeoutMs }
}

import { defineSettings, type LOG_LEVELS, type SettingsTable } from '@zdmkit/runtime'

export const definitions = {
  primary_cluster: {
    type: 'enum',
    values: ['ORIGIN', 'TARGET'],
    default: 'ORIGIN',
    group: 'Global',
    description: 'Cluster that answers synchronous reads.',
  },
  log_level: {
    type: 'enum',
    values: ['PANIC', 'FATAL', 'ERROR', 'WARN', 'WARNING', 'INFO', 'DEBUG', 'TRACE'],
    default: 'INFO',
    group: 'Global',
    description: 'Least severe level that is logged.',
  },
  blocked_protocol_versions: {
    type: 'list',
    items: 'enum',
    values: ['2', '3', '4', '5', 'DseV1', 'DseV2'],
    aliases: { v2: '2', v3: '3', v4: '4', v5: '5', Dse_V1: 'DseV1', Dse_V2: 'DseV2' },
    group: 'Global',
    description: 'Client versions refused with a protocol error.',
  },
  origin_contact_points: { type: 'list', group: 'Origin', description: 'Addresses of origin nodes.' },
  origin_secure_connect_bundle_path: { type: 'path', group: 'Origin', description: 'Bundle of an Astra database.' },
  origin_port: { type: 'port', default: 9042, group: 'Origin', description: 'CQL port of all origin nodes.' },
  origin_username: { type: 'string', required: true, group: 'Origin', description: 'User of the control connection.' },
  origin_password: { type: 'secret', required: true, group: 'Origin', description: 'Its password.' },
  proxy_listen_address: { type: 'string', default: 'localhost', group: 'Listener', description: 'CQL listener.' },
  proxy_listen_port: { type: 'port', default: 14002, min: 0, group: 'Listener', description: 'Its port; 0 is any.' },
  proxy_request_timeout_ms: {
    type: 'duration_ms',
    default: 10000,
    min: 1,
    group: 'Listener',
    description: 'Time for one request.',
  },
  proxy_max_stream_ids: {
    type: 'integer',
    default: 2048,
    min: 1,
    max: 32768,
    unit: 'ids',
    group: 'Listener',
    description: 'Concurrent requests per cluster connection.',
  },
  proxy_tls_ca_path: { type: 'path', group: 'Listener', description: 'CA of client certificates.' },
  proxy_tls_cert_path: { type: 'path', group: 'Listener', description: 'Certificate of the listener.' },
  proxy_tls_key_path: { type: 'path', group: 'Listener', description: 'Its key.' },
  metrics_enabled: { type: 'boolean', default: true, group: 'Metrics', description: 'Serve /metrics.' },
  metrics_origin_latency_buckets_ms: {
    type: 'list',
    items: 'float',
    min: 0,
    unit: 'ms',
    default: [1, 4, 7.5],
    group: 'Metrics',
    description: 'Upper bounds of the origin latency histogram.',
  },
  heartbeat_retry_backoff_factor: {
    type: 'float',
    default: 2,
    min: 1,
    group: 'Metrics',
    description: 'Multiplier of the wait between two tries.',
  },
  admin_token: { type: 'secret', env: 'ADMIN_TOKEN', group: 'Admin', description: 'Token of the admin API.' },
} as const

export const table: SettingsTable<typeof definitions> = defineSettings({
  tool: 'zdm-example',
  summary: 'Shows what a table can hold.',
  examples: ['zdm-example --config proxy.yaml', 'zdm-example --origin-port 9043'],
  envPrefix: 'ZDM_',
  definitions,
  rules: [
    { kind: 'at_most_one', keys: ['origin_contact_points', 'origin_secure_connect_bundle_path'] },
    { kind: 'at_least_one', keys: ['origin_contact_points', 'origin_secure_connect_bundle_path'] },
    { kind: 'all_or_none', keys: ['proxy_tls_ca_path', 'proxy_tls_cert_path', 'proxy_tls_key_path'] },
  ],
})

/** The least that the example table accepts. */
export const requiredEnv: Readonly<Record<string, string>> = {
  ZDM_ORIGIN_CONTACT_POINTS: '127.0.0.1',
  ZDM_ORIGIN_USERNAME: 'cassandra',
  ZDM_ORIGIN_PASSWORD: 'hunter2',
}

// The table's values must stay those that the logger knows; a type error here says they drifted.
const levels: readonly (typeof LOG_LEVELS)[number][] = definitions.log_level.values
export const levelCount: number = levels.length

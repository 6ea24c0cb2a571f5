import { type Environment, loadSettings } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { type ProxyOptions, proxyOptions, proxySettings } from '../src/index.ts'

const REQUIRED: Environment = {
  ZDM_ORIGIN_CONTACT_POINTS: '10.0.0.1, 10.0.0.2',
  ZDM_TARGET_CONTACT_POINTS: '10.0.1.1',
}

function optionsOf(env: Environment): ProxyOptions {
  const { settings } = loadSettings({ settings: proxySettings, env: { ...REQUIRED, ...env }, flags: {} })
  return proxyOptions(settings, 'the-token')
}

describe('proxyOptions', () => {
  it('of the least settings are ZDM Proxy’s defaults, with dual writes and reads from the origin', () => {
    expect(optionsOf({})).toMatchObject({
      listenHost: 'localhost',
      listenPort: 14002,
      metricsHost: 'localhost',
      metricsPort: 14001,
      metricsPrefix: 'zdm',
      isMetricsEnabled: true,
      adminHost: '127.0.0.1',
      adminPort: 14003,
      adminToken: 'the-token',
      clusters: [
        { contactPoints: ['10.0.0.1', '10.0.0.2'], port: 9042, credentials: null, connectionTimeoutMs: 30_000 },
        { contactPoints: ['10.0.1.1'], port: 9042, credentials: null, connectionTimeoutMs: 30_000 },
      ],
      forwardsClientCredentialsToOrigin: false,
      systemQueries: 'origin',
      routing: { writes: 'dual', primary: 'origin', readMode: 'PRIMARY_ONLY', targetReadPercent: 0 },
      requestTimeoutMs: 10_000,
      clientsMax: 1_000,
      streamIdsMax: 2_048,
      replacesCqlFunctions: true,
      heartbeatIntervalMs: 30_000,
      heartbeatRetryMinMs: 250,
      heartbeatRetryMaxMs: 30_000,
      heartbeatRetryFactor: 2,
      heartbeatFailureThreshold: 1,
      topologyAddress: null,
      topologyTokens: 8,
      latencyBucketsMs: {
        origin: [1, 4, 7, 10, 25, 40, 60, 80, 100, 150, 250, 500, 1000, 2500, 5000, 10_000, 15_000],
      },
    })
  })

  it('follow ZDM Proxy’s variables', () => {
    expect(
      optionsOf({
        ZDM_PRIMARY_CLUSTER: 'target',
        ZDM_READ_MODE: 'dual_async_on_secondary',
        ZDM_SYSTEM_QUERIES_MODE: 'TARGET',
        ZDM_REPLACE_CQL_FUNCTIONS: 'false',
        ZDM_ORIGIN_PORT: '9142',
        ZDM_ORIGIN_USERNAME: 'reader',
        ZDM_ORIGIN_PASSWORD: 'secret',
        ZDM_TARGET_CONNECTION_TIMEOUT_MS: '500',
        ZDM_FORWARD_CLIENT_CREDENTIALS_TO_ORIGIN: 'true',
        ZDM_PROXY_LISTEN_ADDRESS: '0.0.0.0',
        ZDM_PROXY_LISTEN_PORT: '0',
        ZDM_PROXY_REQUEST_TIMEOUT_MS: '2500',
        ZDM_PROXY_MAX_STREAM_IDS: '128',
        ZDM_PROXY_TOPOLOGY_ADDRESSES: '10.1.0.1,10.1.0.2',
        ZDM_METRICS_TARGET_LATENCY_BUCKETS_MS: '1, 2.5, 10',
        ZDM_METRICS_ENABLED: 'false',
      }),
    ).toMatchObject({
      routing: { writes: 'dual', primary: 'target', readMode: 'DUAL_ASYNC_ON_SECONDARY', targetReadPercent: 100 },
      systemQueries: 'target',
      replacesCqlFunctions: false,
      clusters: [{ port: 9142, credentials: { username: 'reader', password: 'secret' } }, { connectionTimeoutMs: 500 }],
      forwardsClientCredentialsToOrigin: true,
      listenHost: '0.0.0.0',
      listenPort: 0,
      requestTimeoutMs: 2_500,
      streamIdsMax: 128,
      topologyAddress: '10.1.0.1',
      latencyBucketsMs: { target: [1, 2.5, 10] },
      isMetricsEnabled: false,
    })
  })

  it('start in any phase of a migration', () => {
    expect(optionsOf({ ZDM_WRITE_MODE: 'ORIGIN' }).routing).toMatchObject({ writes: 'origin', targetReadPercent: 0 })
    expect(optionsOf({ ZDM_WRITE_MODE: 'TARGET', ZDM_PRIMARY_CLUSTER: 'TARGET' }).routing).toMatchObject({
      writes: 'target',
      targetReadPercent: 100,
    })
  })

  it('refuse a phase that would read from a cluster without the writes', () => {
    expect(() => optionsOf({ ZDM_WRITE_MODE: 'TARGET' })).toThrow(
      expect.objectContaining({ code: 'PROXY_ROUTING_CONFLICT' }),
    )
  })
})

describe('proxy_topology_addresses', () => {
  it.each(['proxy.internal', '10.1.0.1,proxy-2', '10.1.0', '10.1.0.1:14002'])(
    'are IP addresses, which %s is not',
    (value) => {
      expect(() => optionsOf({ ZDM_PROXY_TOPOLOGY_ADDRESSES: value })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_BAD_VALUE',
          message: expect.stringMatching(/^proxy_topology_addresses: ".*" is not an IP address$/),
        }),
      )
    },
  )

  it('may be of version 6', () => {
    expect(optionsOf({ ZDM_PROXY_TOPOLOGY_ADDRESSES: '2001:db8::7' }).topologyAddress).toBe('2001:db8::7')
  })
})

describe('the settings', () => {
  it.each<[string, Environment, string]>([
    ['no origin', { ZDM_ORIGIN_CONTACT_POINTS: '', ZDM_TARGET_CONTACT_POINTS: '' }, 'origin_contact_points'],
    ['no target', { ZDM_TARGET_CONTACT_POINTS: '' }, 'target_contact_points'],
    ['a port beyond 65,535', { ZDM_TARGET_PORT: '70000' }, 'target_port'],
    ['no time', { ZDM_PROXY_REQUEST_TIMEOUT_MS: '0' }, 'proxy_request_timeout_ms'],
    ['more streams than there are', { ZDM_PROXY_MAX_STREAM_IDS: '32769' }, 'proxy_max_stream_ids'],
    ['an unknown mode', { ZDM_READ_MODE: 'ASYNC_READS_ON_SECONDARY' }, 'read_mode'],
    ['no token at all', { ZDM_PROXY_TOPOLOGY_NUM_TOKENS: '0' }, 'proxy_topology_num_tokens'],
  ])('name the key that is wrong: %s', (_what, env, key) => {
    expect(() => optionsOf(env)).toThrow(expect.objectContaining({ message: expect.stringContaining(key) }))
  })
})

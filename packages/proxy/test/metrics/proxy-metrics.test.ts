import { ErrorCode } from '@zdmkit/protocol'
import { hex, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { MetricsText } from '../support/metrics-text.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

const INSERT = 'INSERT INTO ks.t (k) VALUES (?)'
const key = hex('01')

async function scrape(fixture: ProxyFixture): Promise<Response> {
  return fetch(`http://127.0.0.1:${fixture.proxy.metricsPort}/metrics`)
}

/** Values of all series of a metric that are not 0. */
function counted(metrics: MetricsText, name: string): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics.series(name)).filter(([, value]) => value !== 0))
}

function nodeOf(server: ScriptedServer): string {
  return `node="127.0.0.1:${server.port}"`
}

/** Names and labels of ZDM Proxy 2.4.2 (zdm-proxy.md, section 2) at proxy level, with the types they have there. */
const proxyLevel: readonly [string, string, readonly string[]][] = [
  ['zdm_proxy_failed_connections_total', 'counter', ['cluster="origin"', 'cluster="target"']],
  ['zdm_proxy_failed_reads_total', 'counter', ['cluster="origin"', 'cluster="target"']],
  ['zdm_proxy_failed_writes_total', 'counter', ['failed_on="both"', 'failed_on="origin"', 'failed_on="target"']],
  ['zdm_pscache_entries_total', 'gauge', ['']],
  ['zdm_pscache_miss_total', 'counter', ['']],
  ['zdm_proxy_inflight_requests_total', 'gauge', ['type="reads_origin"', 'type="reads_target"', 'type="writes"']],
  ['zdm_client_connections_total', 'gauge', ['']],
  // Of this proxy.
  ['zdm_proxy_replaced_functions_total', 'counter', ['']],
  ['zdm_proxy_read_comparisons_total', 'counter', ['']],
  ['zdm_proxy_read_mismatches_total', 'counter', ['']],
  ['zdm_proxy_dropped_async_reads_total', 'counter', ['']],
  ['zdm_proxy_unanswered_requests', 'gauge', ['']],
]

const errors = [
  'client_timeout',
  'read_timeout',
  'read_failure',
  'write_timeout',
  'write_failure',
  'overloaded',
  'unavailable',
  'unprepared',
  'other',
]

describe('/metrics', () => {
  it('has every series of the proxy at 0 from the first scrape', async () => {
    await using fixture = await ProxyFixture.start()
    const response = await scrape(fixture)
    expect([response.status, response.headers.get('content-type')]).toStrictEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const text = await response.text()
    const metrics = await fixture.metrics()
    for (const [name, type, labels] of proxyLevel) {
      expect(text).toContain(`# TYPE ${name} ${type}\n`)
      expect(text).toMatch(new RegExp(`# HELP ${name} .`))
      expect(metrics.series(name)).toStrictEqual(Object.fromEntries(labels.map((label) => [label, 0])))
    }
    for (const type of ['reads_origin', 'reads_target', 'writes']) {
      expect(metrics.get('zdm_proxy_request_duration_seconds_count', { type })).toBe(0)
      expect(metrics.get('zdm_proxy_request_duration_seconds_sum', { type })).toBe(0)
    }
    expect(metrics.series('zdm_proxy_request_duration_seconds_bucket')).toMatchObject({
      'le="0.001",type="writes"': 0,
      'le="1",type="writes"': 0,
      'le="+Inf",type="writes"': 0,
    })
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m)
  })

  it('has the series of each node from the first client on', async () => {
    await using fixture = await ProxyFixture.start()
    await fixture.client()
    const text = await (await scrape(fixture)).text()
    const metrics = await fixture.metrics()
    for (const server of fixture.servers) {
      const node = nodeOf(server)
      expect(metrics.series(`zdm_${server.name}_connections_total`)).toStrictEqual({ [node]: 1 })
      expect(metrics.series(`zdm_${server.name}_failed_connections_total`)).toStrictEqual({ [node]: 0 })
      expect(metrics.series(`zdm_${server.name}_used_stream_ids_total`)).toStrictEqual({ [node]: 0 })
      expect(metrics.series(`zdm_${server.name}_requests_failed_total`)).toStrictEqual(
        Object.fromEntries(errors.map((error) => [`error="${error}",${node}`, 0])),
      )
      expect(metrics.series(`zdm_${server.name}_request_duration_seconds_count`)).toStrictEqual({
        [`${node},type="reads"`]: 0,
        [`${node},type="writes"`]: 0,
      })
      expect(text).toContain(`# TYPE zdm_${server.name}_request_duration_seconds histogram\n`)
    }
  })

  it('has those of asynchronous reads once reads are compared', async () => {
    await using fixture = await ProxyFixture.start({ routing: { readMode: 'DUAL_ASYNC_ON_SECONDARY' } })
    const client = await fixture.client()
    await client.query('SELECT v FROM ks.t')
    const metrics = await fixture.metrics()
    const node = nodeOf(fixture.target)
    for (const name of [
      'async_inflight_requests_total',
      'async_connections_total',
      'async_failed_connections_total',
      'async_used_stream_ids_total',
    ]) {
      expect(Object.keys(metrics.series(`zdm_${name}`))).toStrictEqual([node])
    }
    expect(Object.keys(metrics.series('zdm_async_requests_failed_total'))).toHaveLength(errors.length)
  })

  it('counts a known workload', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    for (let i = 0; i < 3; i++) resultOf(await client.query('INSERT INTO ks.t (k) VALUES (1)'))
    for (let i = 0; i < 4; i++) resultOf(await client.execute(id, [key]))
    for (let i = 0; i < 2; i++) resultOf(await client.batch([{ id, values: [key] }]))
    for (let i = 0; i < 5; i++) resultOf(await client.query('SELECT v FROM ks.t'))
    fixture.proxy.changeRouting({ targetReadPercent: 100 })
    for (let i = 0; i < 6; i++) resultOf(await client.query('SELECT v FROM ks.t'))
    resultOf(await client.query('INSERT INTO ks.t (k) VALUES (uuid())'))
    fixture.origin.prime('bad', reply.error(ErrorCode.SYNTAX_ERROR))
    fixture.target.prime('bad', reply.error(ErrorCode.SYNTAX_ERROR))
    await client.query('bad')
    fixture.target.prime('SELECT bad FROM ks.t', reply.error(ErrorCode.READ_FAILURE))
    await client.query('SELECT bad FROM ks.t')
    await client.execute(Buffer.alloc(16), [])
    // Neither of these is a request to a cluster.
    await client.query('SELECT cluster_name FROM system.local')
    await client.query('USE shop')
    const metrics = await fixture.metrics()
    expect(metrics.series('zdm_proxy_request_duration_seconds_count')).toStrictEqual({
      'type="reads_origin"': 5,
      'type="reads_target"': 7,
      'type="writes"': 11,
    })
    const [origin, target] = fixture.servers.map(nodeOf)
    expect(metrics.series('zdm_origin_request_duration_seconds_count')).toStrictEqual({
      [`${origin},type="reads"`]: 5,
      [`${origin},type="writes"`]: 11,
    })
    expect(metrics.series('zdm_target_request_duration_seconds_count')).toStrictEqual({
      [`${target},type="reads"`]: 7,
      [`${target},type="writes"`]: 11,
    })
    expect(counted(metrics, 'zdm_proxy_failed_writes_total')).toStrictEqual({ 'failed_on="both"': 1 })
    expect(counted(metrics, 'zdm_proxy_failed_reads_total')).toStrictEqual({ 'cluster="target"': 1 })
    expect(counted(metrics, 'zdm_origin_requests_failed_total')).toStrictEqual({ [`error="other",${origin}`]: 1 })
    expect(counted(metrics, 'zdm_target_requests_failed_total')).toStrictEqual({
      [`error="other",${target}`]: 1,
      [`error="read_failure",${target}`]: 1,
    })
    expect(metrics.get('zdm_pscache_entries_total')).toBe(1)
    expect(metrics.get('zdm_pscache_miss_total')).toBe(1)
    expect(metrics.get('zdm_proxy_replaced_functions_total')).toBe(1)
    expect(metrics.get('zdm_client_connections_total')).toBe(1)
  })

  it.each<[keyof typeof ErrorCode, string]>([
    ['READ_TIMEOUT', 'read_timeout'],
    ['READ_FAILURE', 'read_failure'],
    ['WRITE_TIMEOUT', 'write_timeout'],
    ['WRITE_FAILURE', 'write_failure'],
    ['OVERLOADED', 'overloaded'],
    ['UNAVAILABLE', 'unavailable'],
    ['UNPREPARED', 'unprepared'],
    ['INVALID', 'other'],
    ['SERVER_ERROR', 'other'],
  ])('counts %s of a node as %s', async (name, label) => {
    await using fixture = await ProxyFixture.start()
    fixture.target.prime(/^INSERT/, reply.with(reply.error(ErrorCode[name]), { warnings: ['careful'] }))
    const client = await fixture.client()
    await client.query('INSERT INTO ks.t (k) VALUES (1)')
    const metrics = await fixture.metrics()
    expect(counted(metrics, 'zdm_target_requests_failed_total')).toStrictEqual({
      [`error="${label}",${nodeOf(fixture.target)}`]: 1,
    })
    expect(counted(metrics, 'zdm_origin_requests_failed_total')).toStrictEqual({})
  })

  it('tells what is in flight, and the streams in use', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const gates = fixture.servers.map((server) => server.hold(/ks\.t/))
    const answers = [
      client.query('INSERT INTO ks.t (k) VALUES (1)'),
      client.query('INSERT INTO ks.t (k) VALUES (2)'),
      client.query('SELECT v FROM ks.t'),
    ]
    await Promise.all([gates[0]?.arrived(3), gates[1]?.arrived(2)])
    const metrics = await fixture.metrics()
    expect(metrics.series('zdm_proxy_inflight_requests_total')).toStrictEqual({
      'type="reads_origin"': 1,
      'type="reads_target"': 0,
      'type="writes"': 2,
    })
    expect([
      metrics.series('zdm_origin_used_stream_ids_total'),
      metrics.series('zdm_target_used_stream_ids_total'),
    ]).toStrictEqual([{ [nodeOf(fixture.origin)]: 3 }, { [nodeOf(fixture.target)]: 2 }])
    for (const gate of gates) gate.release()
    await Promise.all(answers)
  })

  it('puts durations into the buckets that are configured for each cluster', async () => {
    await using fixture = await ProxyFixture.start({
      options: { latencyBucketsMs: { origin: [0.001, 60_000], target: [30_000], async: [1] } },
    })
    const client = await fixture.client()
    await client.query('INSERT INTO ks.t (k) VALUES (1)')
    const metrics = await fixture.metrics()
    const [origin, target] = fixture.servers.map(nodeOf)
    const writes = (name: string): Record<string, number> =>
      Object.fromEntries(Object.entries(metrics.series(name)).filter(([labels]) => labels.includes('writes')))
    expect(writes('zdm_origin_request_duration_seconds_bucket')).toStrictEqual({
      [`le="0.000001",${origin},type="writes"`]: 0,
      [`le="60",${origin},type="writes"`]: 1,
      [`le="+Inf",${origin},type="writes"`]: 1,
    })
    expect(writes('zdm_target_request_duration_seconds_bucket')).toStrictEqual({
      [`le="30",${target},type="writes"`]: 1,
      [`le="+Inf",${target},type="writes"`]: 1,
    })
  })

  it('has the prefix that is configured, and is 404 where it is switched off', async () => {
    await using fixture = await ProxyFixture.start({ options: { metricsPrefix: 'zdm' } })
    expect(await fixture.proxy.metricsText()).toContain('\nzdm_client_connections_total ')
    await using silent = await ProxyFixture.start({ options: { isMetricsEnabled: false } })
    const response = await scrape(silent)
    expect([response.status, await response.text()]).toStrictEqual([
      404,
      'Metrics are disabled on this proxy instance.',
    ])
  })
})

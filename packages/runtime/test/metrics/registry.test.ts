import { MetricsError, MetricsRegistry } from '@zdmkit/runtime'
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { parsePrometheusText } from '../support/prometheus-text.ts'
import { randomText, seededRandom } from '../support/random.ts'

/** Default buckets of ZDM Proxy, in seconds. */
const ZDM_BUCKETS = [1, 4, 7, 10, 25, 40, 60, 80, 100, 150, 250, 500, 1000, 2500, 5000, 10000, 15000].map(
  (ms) => ms / 1000,
)

describe('MetricsRegistry', () => {
  it('prints the text format 0.0.4', async () => {
    const registry = new MetricsRegistry({ prefix: 'zdm' })
    registry
      .counterFamily({ name: 'proxy_failed_reads_total', help: 'Failed reads', labelNames: ['cluster'] })
      .child({ cluster: 'origin' })
      .inc(3)
    registry.gauge({ name: 'client_connections_total', help: 'Open client connections' }).set(-2)
    const durations = registry.histogramFamily({
      name: 'proxy_request_duration_seconds',
      help: 'Latency at the proxy',
      labelNames: ['type'],
      buckets: [0.001, 0.5, 1],
    })
    durations.child({ type: 'writes' }).observe(0.25)
    durations.child({ type: 'writes' }).observe(0.5)
    durations.child({ type: 'writes' }).observe(8)
    registry.callbackGauge({ name: 'pscache_entries_total', help: 'Cached statements' }, () => 7)
    expect(await registry.text()).toMatchInlineSnapshot(`
      "# HELP zdm_proxy_failed_reads_total Failed reads
      # TYPE zdm_proxy_failed_reads_total counter
      zdm_proxy_failed_reads_total{cluster="origin"} 3

      # HELP zdm_client_connections_total Open client connections
      # TYPE zdm_client_connections_total gauge
      zdm_client_connections_total -2

      # HELP zdm_proxy_request_duration_seconds Latency at the proxy
      # TYPE zdm_proxy_request_duration_seconds histogram
      zdm_proxy_request_duration_seconds_bucket{le="0.001",type="writes"} 0
      zdm_proxy_request_duration_seconds_bucket{le="0.5",type="writes"} 2
      zdm_proxy_request_duration_seconds_bucket{le="1",type="writes"} 2
      zdm_proxy_request_duration_seconds_bucket{le="+Inf",type="writes"} 3
      zdm_proxy_request_duration_seconds_sum{type="writes"} 8.75
      zdm_proxy_request_duration_seconds_count{type="writes"} 3

      # HELP zdm_pscache_entries_total Cached statements
      # TYPE zdm_pscache_entries_total gauge
      zdm_pscache_entries_total 7
      "
    `)
    expect(registry.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  it('prints byte for byte what prom-client prints for the same counters, gauges and observations', async () => {
    const random = seededRandom(20261122)
    const ours = new MetricsRegistry({ prefix: 'zdm' })
    const prom = new Registry()
    const labelNames = ['node', 'type'] as const
    const common = { help: 'Help text', labelNames }
    const counters = ours.counterFamily({ name: 'c_total', ...common })
    const gauges = ours.gaugeFamily({ name: 'g', ...common })
    const histograms = ours.histogramFamily({ name: 'h_seconds', ...common, buckets: ZDM_BUCKETS })
    const single = ours.histogram({ name: 'single_seconds', help: 'One', buckets: ZDM_BUCKETS })
    const registers = [prom]
    const promCounter = new Counter({ name: 'zdm_c_total', ...common, registers })
    const promGauge = new Gauge({ name: 'zdm_g', ...common, registers })
    const promHistogram = new Histogram({ name: 'zdm_h_seconds', ...common, buckets: ZDM_BUCKETS, registers })
    const promSingle = new Histogram({ name: 'zdm_single_seconds', help: 'One', buckets: ZDM_BUCKETS, registers })

    for (const node of ['10.0.0.1:9042', '10.0.0.2:9042', '[::1]:9042', 'a"b\\c\nd']) {
      for (const type of ['reads', 'writes']) {
        const labels = { node, type }
        for (let observation = 0; observation < 500; observation++) {
          // Exponents over all buckets and beyond; every tenth exactly on a bound.
          const isOnBound = observation % 10 === 0
          const bound = ZDM_BUCKETS[Math.floor(random() * ZDM_BUCKETS.length)] ?? 1
          const seconds = isOnBound ? bound : 10 ** (random() * 6 - 4)
          histograms.child(labels).observe(seconds)
          promHistogram.observe(labels, seconds)
          single.observe(seconds)
          promSingle.observe(seconds)
        }
        const amount = Math.floor(random() * 1000)
        counters.child(labels).inc(amount)
        promCounter.inc(labels, amount)
        gauges.child(labels).set(amount / 7)
        gauges.child(labels).dec(0.5)
        promGauge.set(labels, amount / 7)
        promGauge.dec(labels, 0.5)
      }
    }
    expect(await ours.text()).toBe(await prom.metrics())
  })

  it('prints series at zero from the first scrape', async () => {
    const registry = new MetricsRegistry()
    registry.counter({ name: 'a_total', help: 'a' })
    registry.gauge({ name: 'b', help: 'b' })
    registry.histogram({ name: 'c_seconds', help: 'c', buckets: [1] })
    const samples = parsePrometheusText(await registry.text()).flatMap((metric) => metric.samples)
    expect(samples.map(({ name, labels: { le = '' }, value }) => [name, le, value])).toStrictEqual([
      ['a_total', '', 0],
      ['b', '', 0],
      ['c_seconds_bucket', '1', 0],
      ['c_seconds_bucket', '+Inf', 0],
      ['c_seconds_sum', '', 0],
      ['c_seconds_count', '', 0],
    ])
  })

  it('escapes label values and help so that a parser reads them back', async () => {
    const random = seededRandom(7)
    const registry = new MetricsRegistry()
    const help = 'two\nlines, a \\ and a "quote"'
    const family = registry.gaugeFamily({ name: 'g', help, labelNames: ['value'] })
    const values = new Set(['', '\\', '\n', '"', '\\n', '\\"', ' Nan', '{}', 'é–𐍈', ',le="1"'])
    for (let round = 0; round < 300; round++) values.add(randomText(random, 'ab\\\n"n,={} ', 12))
    for (const value of values) family.child({ value }).set(1)
    const [metric] = parsePrometheusText(await registry.text())
    expect(metric?.help).toBe(help)
    expect(metric?.samples.map(({ labels: { value } }) => value)).toStrictEqual([...values])
  })

  it.each([
    [0, '0'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('prints %d as %s', async (value, printed) => {
    const registry = new MetricsRegistry()
    registry.gauge({ name: 'g', help: 'help Nan' }).set(value)
    const text = await registry.text()
    expect(text).toBe(`# HELP g help Nan\n# TYPE g gauge\ng ${printed}\n`)
    expect(parsePrometheusText(text)[0]?.samples[0]?.value).toBe(value)
  })

  describe('callback gauges', () => {
    it('are asked at each scrape', async () => {
      const registry = new MetricsRegistry()
      let value = 1
      registry.callbackGauge({ name: 'g', help: 'g' }, () => value)
      expect(await registry.text()).toContain('\ng 1\n')
      value = 2
      expect(await registry.text()).toContain('\ng 2\n')
    })

    it('leave out their series, and only theirs, when they throw or give NaN', async () => {
      const registry = new MetricsRegistry()
      registry.callbackGauge({ name: 'broken', help: 'b' }, () => {
        throw new Error('not now')
      })
      registry.callbackGauge({ name: 'unknown', help: 'u' }, () => Number.NaN)
      registry.callbackGauge({ name: 'fine', help: 'f' }, () => 3)
      const metrics = parsePrometheusText(await registry.text())
      expect(metrics.map(({ name, samples }) => [name, samples.map(({ value }) => value)])).toStrictEqual([
        ['broken', []],
        ['unknown', []],
        ['fine', [3]],
      ])
    })

    it('may have labels', async () => {
      const registry = new MetricsRegistry()
      registry.callbackGaugeFamily({ name: 'used', help: 'u', labelNames: ['node'] }, () => [
        { labels: { node: 'a' }, value: 1 },
        { labels: { node: 'b' }, value: 2 },
      ])
      expect(await registry.text()).toContain('\nused{node="a"} 1\nused{node="b"} 2\n')
    })
  })

  describe('declarations', () => {
    const refused: readonly [what: string, code: string, declare: (registry: MetricsRegistry) => unknown][] = [
      ['a name that is none', 'METRICS_BAD_NAME', (registry) => registry.counter({ name: 'a-b', help: '' })],
      ['an empty name', 'METRICS_BAD_NAME', (registry) => registry.gauge({ name: '', help: '' })],
      ['a name declared before', 'METRICS_DUPLICATE_NAME', (registry) => registry.gauge({ name: 'taken', help: '' })],
      [
        'a label that is none',
        'METRICS_BAD_LABELS',
        (registry) => registry.gaugeFamily({ name: 'a', help: '', labelNames: ['b-c'] }),
      ],
      [
        'a label of Prometheus itself',
        'METRICS_BAD_LABELS',
        (registry) => registry.gaugeFamily({ name: 'a', help: '', labelNames: ['__name'] }),
      ],
      [
        'a label named twice',
        'METRICS_BAD_LABELS',
        (registry) => registry.gaugeFamily({ name: 'a', help: '', labelNames: ['x', 'x'] }),
      ],
      [
        'le as a label of a histogram',
        'METRICS_BAD_LABELS',
        (registry) => registry.histogramFamily({ name: 'a', help: '', labelNames: ['le'], buckets: [1] }),
      ],
      ['no bucket', 'METRICS_BAD_BUCKETS', (registry) => registry.histogram({ name: 'a', help: '', buckets: [] })],
      [
        'buckets out of order',
        'METRICS_BAD_BUCKETS',
        (registry) => registry.histogram({ name: 'a', help: '', buckets: [1, 3, 2] }),
      ],
      [
        'a bucket twice',
        'METRICS_BAD_BUCKETS',
        (registry) => registry.histogram({ name: 'a', help: '', buckets: [1, 1] }),
      ],
      [
        'an infinite bucket',
        'METRICS_BAD_BUCKETS',
        (registry) => registry.histogram({ name: 'a', help: '', buckets: [1, Number.POSITIVE_INFINITY] }),
      ],
    ]
    it.each(refused)('refuse %s with %s', (_, code, declare) => {
      const registry = new MetricsRegistry()
      registry.gauge({ name: 'taken', help: '' })
      expect(() => declare(registry)).toThrow(MetricsError)
      expect(() => declare(registry)).toThrow(expect.objectContaining({ code }))
    })
  })

  it('adds process_* and nodejs_* of prom-client once, readable by a strict parser', async () => {
    const registry = new MetricsRegistry({ prefix: 'zdm' })
    registry.defaultMetrics()
    registry.defaultMetrics()
    const names = parsePrometheusText(await registry.text()).map(({ name }) => name)
    expect(names).toContain('process_cpu_seconds_total')
    expect(names).toContain('process_start_time_seconds')
    expect(names).toContain('nodejs_eventloop_lag_seconds')
    // The lag's mean has no value yet in the second of two scrapes that follow each other at once.
    expect(() => parsePrometheusText('# HELP a b\n# TYPE a gauge\na Nan\n')).toThrow('not a number')
    expect(parsePrometheusText(await registry.text()).length).toBe(names.length)
  })

  it('can be added up over processes by prom-client', async () => {
    const [first, second] = [new MetricsRegistry(), new MetricsRegistry()]
    for (const registry of [first, second]) {
      registry.counter({ name: 'c_total', help: 'c' }).inc(2)
      registry.histogram({ name: 'h', help: 'h', buckets: [1] }).observe(0.5)
    }
    const parts = [await first.prom.getMetricsAsJSON(), await second.prom.getMetricsAsJSON()]
    const text = await AggregatorRegistry.aggregate(parts).metrics()
    const samples = parsePrometheusText(text).flatMap((metric) => metric.samples)
    expect(samples.map(({ value }) => value)).toStrictEqual([4, 2, 2, 1, 2])
  })

  it('keeps its recorders when prom-client resets the registry', async () => {
    const registry = new MetricsRegistry()
    registry.counter({ name: 'c_total', help: 'c' }).inc(2)
    registry.prom.resetMetrics()
    expect(await registry.text()).toContain('\nc_total 2\n')
  })
})

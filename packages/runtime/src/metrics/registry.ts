import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import { MetricsError } from '../errors.ts'
import { HotFamily, type Labels } from './family.ts'
import { HotCounter, HotGauge, HotHistogram } from './recorders.ts'

export interface MetricOptions {
  /** Without the registry's prefix. */
  readonly name: string
  readonly help: string
}

export interface FamilyOptions<L extends string> extends MetricOptions {
  readonly labelNames: readonly L[]
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds in the unit of the observations, ascending, without +Inf. */
  readonly buckets: readonly number[]
}

export interface HistogramFamilyOptions<L extends string> extends FamilyOptions<L>, HistogramOptions {}

/** One value of a labelled callback gauge. */
export interface LabelledValue<L extends string = string> {
  readonly labels: Labels<L>
  readonly value: number
}

interface Sample {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

type MetricType = 'counter' | 'gauge' | 'histogram'

const NAME_PATTERN = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_PATTERN = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})

/**
 * The metrics of one tool, printed by prom-client, recorded without it. Series exist at zero from the first scrape.
 * Declaring methods throw METRICS_BAD_NAME, METRICS_DUPLICATE_NAME, METRICS_BAD_LABELS or METRICS_BAD_BUCKETS.
 */
export class MetricsRegistry {
  /** prom-client's registry, for metrics that are off the hot path. */
  readonly prom: Registry = new Registry()
  readonly #prefix: string
  #hasDefaults = false

  /** `prefix` and the name are joined by `_`: prefix `zdm` gives `zdm_client_connections_total`. */
  constructor(options: { readonly prefix?: string } = {}) {
    this.#prefix = options.prefix === undefined || options.prefix === '' ? '' : `${options.prefix}_`
  }

  counter(options: MetricOptions): HotCounter {
    return this.counterFamily({ ...options, labelNames: [] }).child({})
  }

  counterFamily<const L extends string>(options: FamilyOptions<L>): HotFamily<L, HotCounter> {
    const family = this.#family(options, () => new HotCounter())
    this.#register('counter', family.name, options.help, () => valueSamples(family))
    return family
  }

  gauge(options: MetricOptions): HotGauge {
    return this.gaugeFamily({ ...options, labelNames: [] }).child({})
  }

  gaugeFamily<const L extends string>(options: FamilyOptions<L>): HotFamily<L, HotGauge> {
    const family = this.#family(options, () => new HotGauge())
    this.#register('gauge', family.name, options.help, () => valueSamples(family))
    return family
  }

  histogram(options: HistogramOptions): HotHistogram {
    return this.histogramFamily({ ...options, labelNames: [] }).child({})
  }

  histogramFamily<const L extends string>(options: HistogramFamilyOptions<L>): HotFamily<L, HotHistogram> {
    const { buckets } = options
    const family = this.#family(options, () => new HotHistogram(buckets))
    if (options.labelNames.some((label) => label === 'le')) {
      throw new MetricsError('METRICS_BAD_LABELS', `${family.name}: le is the label of the buckets`)
    }
    if (buckets.length === 0 || buckets.some((bound, index) => !isAscending(buckets[index - 1], bound))) {
      const given = buckets.join(', ')
      throw new MetricsError('METRICS_BAD_BUCKETS', `${family.name}: buckets must ascend and be finite; got ${given}`)
    }
    this.#register('histogram', family.name, options.help, () => histogramSamples(family))
    return family
  }

  /** A gauge asked at each scrape. When `read` throws or gives NaN, that scrape has no such series. */
  callbackGauge(options: MetricOptions, read: () => number): void {
    this.callbackGaugeFamily({ ...options, labelNames: [] }, () => [{ labels: {}, value: read() }])
  }

  /** Labelled values asked at each scrape, e.g. one per open connection; label names must be those declared. */
  callbackGaugeFamily<const L extends string>(options: FamilyOptions<L>, read: () => Iterable<LabelledValue<L>>): void {
    const name = this.#checkedName(options)
    this.#register('gauge', name, options.help, () => {
      try {
        return [...read()].filter(({ value }) => !Number.isNaN(value))
      } catch {
        // One gauge that cannot be read must not hide all others from the operator.
        return []
      }
    })
  }

  /** Adds process_* and nodejs_* of prom-client, without prefix; a second call changes nothing. */
  defaultMetrics(): void {
    if (this.#hasDefaults) return
    this.#hasDefaults = true
    collectDefaultMetrics({ register: this.prom })
  }

  /** All metrics in the text format 0.0.4. */
  async text(): Promise<string> {
    // prom-client spells NaN as "Nan", which the format does not know; its event loop lag is NaN after an idle scrape.
    return (await this.prom.metrics()).replace(/^([^#\n].*) Nan$/gm, '$1 NaN')
  }

  /** Of `text()`, for the Content-Type header. */
  get contentType(): string {
    return this.prom.contentType
  }

  #family<L extends string, R>(options: FamilyOptions<L>, make: () => R): HotFamily<L, R> {
    return new HotFamily(this.#checkedName(options), Object.freeze([...options.labelNames]), make)
  }

  #checkedName(options: FamilyOptions<string>): string {
    const name = this.#prefix + options.name
    if (!NAME_PATTERN.test(name)) throw new MetricsError('METRICS_BAD_NAME', `${name} is no Prometheus metric name`)
    const bad = options.labelNames.find((label) => !LABEL_PATTERN.test(label) || label.startsWith('__'))
    if (bad !== undefined) throw new MetricsError('METRICS_BAD_LABELS', `${name}: ${bad} is no Prometheus label name`)
    if (new Set(options.labelNames).size !== options.labelNames.length) {
      throw new MetricsError(
        'METRICS_BAD_LABELS',
        `${name}: a label is named twice in ${options.labelNames.join(', ')}`,
      )
    }
    return name
  }

  #register(type: MetricType, name: string, help: string, samples: () => readonly Sample[]): void {
    if (this.prom.getSingleMetric(name) !== undefined) {
      throw new MetricsError('METRICS_DUPLICATE_NAME', `a metric named ${name} exists already`)
    }
    const collector = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: samples() }),
      // Recorders belong to their holders; prom-client's resetMetrics leaves them alone.
      reset: () => {},
    }
    // prom-client asks a collector for nothing but these members, though its types ask for its own classes.
    this.prom.registerMetric(collector as unknown as Metric<string>)
  }
}

function isAscending(previous: number | undefined, bound: number): boolean {
  return Number.isFinite(bound) && (previous === undefined || previous < bound)
}

function valueSamples<L extends string>(family: HotFamily<L, HotCounter | HotGauge>): Sample[] {
  return Array.from(family.children(), ({ labels, recorder }) => ({ labels, value: recorder.value }))
}

function histogramSamples<L extends string>(family: HotFamily<L, HotHistogram>): Sample[] {
  const samples: Sample[] = []
  for (const { labels, recorder } of family.children()) {
    let total = 0
    for (const { bound, count } of recorder.cumulative()) {
      const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)
      samples.push({ metricName: `${family.name}_bucket`, labels: { le, ...labels }, value: count })
      total = count
    }
    const own: Readonly<Record<string, string>> = family.labelNames.length === 0 ? NO_LABELS : labels
    samples.push({ metricName: `${family.name}_sum`, labels: own, value: recorder.sum })
    samples.push({ metricName: `${family.name}_count`, labels: own, value: total })
  }
  return samples
}

/** One sample line, unescaped. */
export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ParsedMetric {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: readonly ParsedSample[]
}

/**
 * Reads the text format 0.0.4 strictly, as the format's description has it: HELP, TYPE, then the samples of that metric;
 * three escapes in label values, two in help; numbers as Go reads them. Throws on anything else.
 */
export function parsePrometheusText(text: string): ParsedMetric[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no line end')
  const metrics: { name: string; help: string; type: string; samples: ParsedSample[] }[] = []
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line)
    if (help !== null) {
      const name = help[1] ?? ''
      if (metrics.some((metric) => metric.name === name)) throw new Error(`second HELP of ${name}`)
      metrics.push({ name, help: withoutEscapes(help[2] ?? '', 'n\\'), type: '', samples: [] })
      continue
    }
    const metric = metrics.at(-1)
    if (metric === undefined) throw new Error(`no HELP before ${line}`)
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line)
    if (type !== null) {
      if (type[1] !== metric.name || metric.type !== '') throw new Error(`misplaced ${line}`)
      metric.type = type[2] ?? ''
      continue
    }
    const sample = parseSample(line)
    const suffixes = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    if (!suffixes.some((suffix) => sample.name === metric.name + suffix)) throw new Error(`stray sample ${line}`)
    metric.samples.push(sample)
  }
  return metrics
}

function parseSample(line: string): ParsedSample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (match === null) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  let rest = match[2] ?? ''
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/.exec(rest)
    if (label === null) throw new Error(`bad labels in ${line}`)
    const name = label[1] ?? ''
    if (name in labels) throw new Error(`label ${name} twice in ${line}`)
    labels[name] = withoutEscapes(label[2] ?? '', 'n\\"')
    rest = rest.slice(label[0].length)
  }
  return { name: match[1] ?? '', labels, value: parseNumber(match[3] ?? '') }
}

function parseNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  if (text === 'NaN') return Number.NaN
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text)) throw new Error(`not a number: ${text}`)
  return Number(text)
}

function withoutEscapes(text: string, allowed: string): string {
  return text.replace(/\\(.?)/gs, (_, letter: string) => {
    if (letter === '' || !allowed.includes(letter)) throw new Error(`bad escape in ${text}`)
    return letter === 'n' ? '\n' : letter
  })
}

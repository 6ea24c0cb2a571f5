/** Samples of a scrape: `name{label="value",...}`, labels sorted, to their values. */
export class MetricsText {
  readonly text: string
  readonly #samples = new Map<string, number>()

  constructor(text: string) {
    this.text = text
    for (const line of text.split('\n')) {
      const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      if (name !== undefined) this.#samples.set(key(name, parseLabels(labels)), Number(value))
    }
  }

  /** A sample's value; undefined when there is no such series. */
  get(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.#samples.get(key(name, labels))
  }

  /** The series of one metric, as `label="value",...` to value. */
  series(name: string): Record<string, number> {
    const found = [...this.#samples].flatMap(([sample, value]): [string, number][] => {
      const [, own, labels = ''] = /^([^{]+)\{(.*)\}$/.exec(sample) ?? []
      return own === name ? [[labels, value]] : []
    })
    return Object.fromEntries(found)
  }
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
}

function key(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([first], [second]) => (first < second ? -1 : 1))
  return `${name}{${sorted.map(([label, value]) => `${label}="${value}"`).join(',')}}`
}

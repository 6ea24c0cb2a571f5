import { MetricsError } from '../errors.ts'

/** Label values by label name. */
export type Labels<L extends string = string> = Readonly<Record<L, string>>

/** One recorder per combination of label values. Make children ahead and keep them: `child` is not for the hot path. */
export class HotFamily<L extends string, R> {
  readonly name: string
  readonly labelNames: readonly L[]
  readonly #make: () => R
  readonly #children = new Map<string, { readonly labels: Labels<L>; readonly recorder: R }>()

  constructor(name: string, labelNames: readonly L[], make: () => R) {
    this.name = name
    this.labelNames = labelNames
    this.#make = make
  }

  /**
   * The recorder of these labels, made at zero by the first call; the same object each time until it is removed.
   *
   * @throws METRICS_BAD_LABELS when the names are not exactly those of the family.
   */
  child(labels: Labels<L>): R {
    const key = this.#key(labels)
    const known = this.#children.get(key)
    if (known !== undefined) return known.recorder
    const recorder = this.#make()
    this.#children.set(key, { labels: Object.freeze({ ...labels }), recorder })
    return recorder
  }

  /** Takes the series out of later scrapes. A recorder still held elsewhere goes on counting unseen. */
  remove(labels: Labels<L>): boolean {
    return this.#children.delete(this.#key(labels))
  }

  /** Children in the order they were made. */
  children(): IterableIterator<{ readonly labels: Labels<L>; readonly recorder: R }> {
    return this.#children.values()
  }

  #key(labels: Labels<L>): string {
    const values = this.labelNames.map((name) => labels[name])
    if (values.some((value) => typeof value !== 'string') || Object.keys(labels).length !== values.length) {
      const given = Object.keys(labels).join(', ')
      throw new MetricsError(
        'METRICS_BAD_LABELS',
        `${this.name} has labels ${this.labelNames.join(', ')}; got ${given}`,
      )
    }
    return JSON.stringify(values)
  }
}

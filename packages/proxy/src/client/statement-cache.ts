import { inspect, type Statement } from '@zdmkit/cql'

/** Longest text that is worth keeping. */
const TEXT_CHARS_MAX = 4096

/** What simple statements say, by text: an application has few texts unless it writes values into them. */
export class StatementCache {
  readonly #entriesMax: number
  #young = new Map<string, Statement>()
  #old = new Map<string, Statement>()

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  inspect(text: string): Statement {
    const known = this.#young.get(text)
    if (known) return known
    const statement = this.#old.get(text) ?? inspect(text)
    if (text.length <= TEXT_CHARS_MAX) {
      // Two halves instead of a list: the older one is dropped whole.
      if (this.#young.size >= this.#entriesMax) {
        this.#old = this.#young
        this.#young = new Map()
      }
      this.#young.set(text, statement)
    }
    return statement
  }
}

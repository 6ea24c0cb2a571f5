import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/** A value that prints as `[redacted]` in strings, JSON, logs and inspections. Only `reveal()` gives it away. */
export class Secret {
  readonly #value: string

  static {
    // A computed member would need an inferred type, which isolatedDeclarations does not have.
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => REDACTED })
  }

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }
}

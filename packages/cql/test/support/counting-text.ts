/** Stands in for a string and counts how many characters are looked at, so that a test can bound work without a clock. */
export class CountingText {
  readCount = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  get length(): number {
    return this.#text.length
  }

  charCodeAt(index: number): number {
    this.readCount++
    return this.#text.charCodeAt(index)
  }

  indexOf(wanted: string, from = 0): number {
    const index = this.#text.indexOf(wanted, from)
    this.readCount += Math.max(0, index < 0 ? this.#text.length - from : index - from + wanted.length)
    return index
  }

  includes(wanted: string): boolean {
    return this.indexOf(wanted) >= 0
  }

  startsWith(wanted: string, from = 0): boolean {
    this.readCount += wanted.length
    return this.#text.startsWith(wanted, from)
  }

  endsWith(wanted: string, end: number): boolean {
    this.readCount += wanted.length
    return this.#text.endsWith(wanted, end)
  }

  slice(start: number, end: number): string {
    this.readCount += Math.max(0, end - start)
    return this.#text.slice(start, end)
  }

  /** This, in the place of the string. */
  asString(): string {
    return this as unknown as string
  }
}

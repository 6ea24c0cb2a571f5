/**
 * A seeded source of numbers: the same seed and stream give the same ones on every machine. Streams of one seed are
 * independent, so that each worker has its own. Not for secrets.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, stream: number) {
    this.#a = seed >>> 0
    this.#b = Math.floor(seed / 2 ** 32) >>> 0
    this.#c = stream >>> 0
    // Nearby seeds start alike; twelve rounds are what sfc32 needs to part them.
    for (let i = 0; i < 12; i++) this.#next32()
  }

  /** In [0, 1). */
  next(): number {
    return this.#next32() / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** @throws RangeError when there is nothing to choose from */
  pick<T>(choices: readonly T[]): T {
    const index = this.integer(0, choices.length - 1)
    if (index < 0 || index >= choices.length) throw new RangeError('nothing to choose from')
    return choices[index] as T
  }

  /** A version 4 UUID (RFC 9562, section 5.4). */
  uuid(): string {
    const words = Array.from({ length: 4 }, () => this.#next32().toString(16).padStart(8, '0'))
    const digits = words.join('')
    const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16)
    return [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      `${variant}${digits.slice(17, 20)}`,
      digits.slice(20),
    ].join('-')
  }

  /** sfc32 by Chris Doty-Humphrey (PractRand). */
  #next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11) | 0
    this.#c = (this.#c + sum) | 0
    return sum >>> 0
  }
}

/** Things that arrive and those who wait for them, in order. */
export class Arrivals<T> {
  readonly #arrived: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  add(item: T): void {
    const waiter = this.#waiting.shift()
    if (waiter) waiter(item)
    else this.#arrived.push(item)
  }

  /** The next one, whether it is there or will be. */
  next(): Promise<T> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift() as T)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Those that arrived and that nobody took. */
  get left(): readonly T[] {
    return this.#arrived
  }
}

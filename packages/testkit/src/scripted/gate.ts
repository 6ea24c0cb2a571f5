import type { ReceivedRequest } from './request.ts'

/** Holds requests unanswered until it is opened; made by `server.hold(matcher)`. */
export class Gate {
  readonly #waiting: { request: ReceivedRequest; resolve: () => void }[] = []
  readonly #arrivals: { count: number; resolve: () => void }[] = []
  #arrivedCount = 0
  #isOpen = false

  /** Requests that wait here now. */
  get waiting(): readonly ReceivedRequest[] {
    return this.#waiting.map(({ request }) => request)
  }

  /** Resolves when `count` requests have come in all, those that were released included. */
  arrived(count: number = 1): Promise<void> {
    if (this.#arrivedCount >= count) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#arrivals.push({ count, resolve })
    return promise
  }

  /** Lets the oldest `count` go on to their answers and keeps holding the others. */
  release(count: number): void
  /** Lets all go on, and holds no more. */
  release(): void
  release(count?: number): void {
    if (count === undefined) this.#isOpen = true
    for (const { resolve } of this.#waiting.splice(0, count ?? this.#waiting.length)) resolve()
  }

  /** For the server: resolves when the request may be answered. */
  async enter(request: ReceivedRequest): Promise<void> {
    if (this.#isOpen) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ request, resolve })
    this.#arrivedCount += 1
    for (const arrival of this.#arrivals) if (arrival.count <= this.#arrivedCount) arrival.resolve()
    await promise
  }
}

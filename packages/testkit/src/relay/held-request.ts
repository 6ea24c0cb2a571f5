import type { RelayedRequest } from './relayed-request.ts'

/** One request that a relay keeps to itself; made by `relay.hold(matches)`. */
export class HeldRequest {
  readonly #arrived = Promise.withResolvers<RelayedRequest>()
  readonly #released = Promise.withResolvers<void>()
  #request: RelayedRequest | null = null

  /** Resolves when the request has come. */
  get arrived(): Promise<RelayedRequest> {
    return this.#arrived.promise
  }

  /** Whether it has come. */
  get hasArrived(): boolean {
    return this.#request !== null
  }

  /** Sends it on; one that has not come yet is not held at all. */
  release(): void {
    this.#released.resolve()
  }

  /** For the relay: resolves when the request may go on. */
  async enter(request: RelayedRequest): Promise<void> {
    this.#request = request
    this.#arrived.resolve(request)
    await this.#released.promise
  }
}

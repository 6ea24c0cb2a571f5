// HOT PATH: one append and one remove per request. All requests have the same time-out, so arrival order is deadline order and
// one sweep from the oldest end finds what is due; no timer per request.

import type { Request } from './request.ts'

/** The requests that wait for a cluster, oldest first. */
export class Deadlines {
  #oldest: Request | null = null
  #newest: Request | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  add(request: Request): void {
    request.isLinked = true
    request.previous = this.#newest
    if (this.#newest === null) this.#oldest = request
    else this.#newest.next = request
    this.#newest = request
    this.#size++
  }

  remove(request: Request): void {
    if (!request.isLinked) return
    request.isLinked = false
    const { previous, next } = request
    if (previous === null) this.#oldest = next
    else previous.next = next
    if (next === null) this.#newest = previous
    else next.previous = previous
    request.previous = null
    request.next = null
    this.#size--
  }

  /** Expires every request that arrived at or before `arrivalMs`. */
  sweep(arrivalMs: number): void {
    let request = this.#oldest
    while (request !== null && request.startMs <= arrivalMs) {
      this.remove(request)
      request.expire()
      request = this.#oldest
    }
  }
}

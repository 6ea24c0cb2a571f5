import type { Routing } from './routing.ts'

/** Requests routed by one value of the routing. `inFlight` is moved by the hot path. */
export class Generation {
  readonly number: number
  readonly routing: Routing
  /** Microseconds since the epoch, by the proxy's clock, when it came into force. */
  readonly sinceMicros: bigint
  /** When `routing.writes` took its value, maybe generations ago: what was written since went where it says. */
  readonly writesSinceMicros: bigint
  /** Routed by this generation and neither answered nor given up. */
  inFlight = 0
  /** Given up without every cluster's answer: such a write may still land until this moment (monotonic ms). */
  unknownUntilMs = 0

  constructor(number: number, routing: Routing, sinceMicros: bigint, writesSinceMicros: bigint) {
    this.number = number
    this.routing = routing
    this.sinceMicros = sinceMicros
    this.writesSinceMicros = writesSinceMicros
  }
}

/**
 * The routing in force and the generations before it that still have requests on their way. A change is *settled* once every
 * request routed before it is answered, or its time-out plus the cluster's write time-out has passed: from then on no write can
 * reach a cluster by the old routing.
 */
export class Generations {
  #current: Generation
  #earlier: Generation[] = []

  constructor(routing: Routing, nowMicros: bigint) {
    this.#current = new Generation(1, routing, nowMicros, nowMicros)
  }

  get current(): Generation {
    return this.#current
  }

  /** Brings `routing` into force for every request read from now on. */
  change(routing: Routing, nowMicros: bigint): Generation {
    const before = this.#current
    this.#earlier.push(before)
    const writesSinceMicros = before.routing.writes === routing.writes ? before.writesSinceMicros : nowMicros
    this.#current = new Generation(before.number + 1, routing, nowMicros, writesSinceMicros)
    return this.#current
  }

  /** Whether the current generation is settled. `nowMs` is monotonic. */
  isSettled(nowMs: number): boolean {
    this.#earlier = this.#earlier.filter((generation) => generation.inFlight > 0 || generation.unknownUntilMs > nowMs)
    return this.#earlier.length === 0
  }

  /** Requests of earlier generations that are still on their way. */
  get unsettledRequests(): number {
    return this.#earlier.reduce((sum, generation) => sum + generation.inFlight, 0)
  }
}

import { setTimeout as pauseMs } from 'node:timers/promises'
import type { Routing, RoutingStatus } from '@zdmkit/proxy'
import { CliError } from '../../errors.ts'

export type { RoutingStatus }

/** Where a proxy's admin API is. */
export interface AdminAddress {
  /** Root, such as `http://127.0.0.1:14003`. */
  readonly url: string
  readonly token: string
}

const REQUEST_TIMEOUT_MS = 5_000
const POLL_MS = 20
/** The proxy's own time-out of a request and the cluster's write time-out, 10 s each, are what settling takes at most. */
const SETTLE_TIMEOUT_MS = 30_000

/** Reads and changes the routing of a running proxy. */
export class AdminClient {
  readonly #address: AdminAddress
  readonly #signal: AbortSignal | undefined

  constructor(address: AdminAddress, signal?: AbortSignal) {
    this.#address = address
    this.#signal = signal
  }

  /** @throws CLI_ADMIN_UNREACHABLE, CLI_ADMIN_REFUSED */
  readRouting(): Promise<RoutingStatus> {
    return this.#call('GET')
  }

  /** Changes the fields that are given and leaves the others. @throws CLI_ADMIN_UNREACHABLE, CLI_ADMIN_REFUSED */
  changeRouting(change: Partial<Routing>): Promise<RoutingStatus> {
    return this.#call('PUT', JSON.stringify(change))
  }

  /**
   * Waits until no request routed before the last change is on its way.
   * @throws MIGRATION_NOT_SETTLED after 30 s
   */
  async untilSettled(): Promise<RoutingStatus> {
    const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS
    for (;;) {
      const status = await this.readRouting()
      if (status.settled) return status
      if (performance.now() > deadlineMs) {
        throw new CliError(
          'MIGRATION_NOT_SETTLED',
          `${status.unsettledRequests} requests routed before generation ${status.generation} were not settled within ${SETTLE_TIMEOUT_MS} ms; the proxy's log says which cluster does not answer`,
        )
      }
      await pauseMs(POLL_MS, undefined, this.#signal ? { signal: this.#signal } : {})
    }
  }

  async #call(method: 'GET' | 'PUT', body?: string): Promise<RoutingStatus> {
    const url = `${this.#address.url.replace(/\/+$/, '')}/api/v1/routing`
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    let status: number
    let text: string
    try {
      const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.#address.token}`, 'content-type': 'application/json' },
        // A redirect would carry the token to whoever is named there.
        redirect: 'error',
        signal: this.#signal ? AbortSignal.any([this.#signal, timeout]) : timeout,
        ...(body === undefined ? {} : { body }),
      })
      status = response.status
      text = await response.text()
    } catch (cause) {
      this.#signal?.throwIfAborted()
      throw new CliError('CLI_ADMIN_UNREACHABLE', `the proxy's admin API at ${url} does not answer: ${reason(cause)}`, {
        cause,
      })
    }
    const answer = parseAnswer(text)
    if (status === 200 && answer !== null && typeof answer['generation'] === 'number') {
      return answer as unknown as RoutingStatus
    }
    const why = answer === null ? '' : `: ${String(answer['error'] ?? '')} ${String(answer['message'] ?? '')}`
    throw new CliError('CLI_ADMIN_REFUSED', `${method} ${url} was answered with HTTP ${status}${why}`)
  }
}

function parseAnswer(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** fetch says only "fetch failed"; why is one level below. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

import { setTimeout as sleepMs } from 'node:timers/promises'
import type { Secret } from '@zdmkit/runtime'
import { BackfillError } from './errors.ts'

/** Where the proxy in front of both clusters tells how it routes. */
export interface ProxyGate {
  /** Root of the proxy's admin API, such as `http://127.0.0.1:14003`. */
  readonly adminUrl: string
  readonly token: Secret | string
  /** How long to wait for dual writes to be on and settled. Default 60,000. */
  readonly deadlineMs?: number
  /** Default 250. */
  readonly pollMs?: number
}

/** What the gate saw when it opened. */
export interface GateState {
  readonly generation: number
  /** Since when writes go to both clusters; microseconds since 1970, the proxy's clock. */
  readonly dualSinceMicros: bigint
}

/** The parts of `GET /api/v1/routing` that matter here; `dualSinceMicros` is of whatever `writes` is. */
export interface Routing extends GateState {
  readonly writes: string
  readonly settled: boolean
}

export interface GateOptions {
  readonly signal?: AbortSignal | undefined
  /** Called at the first answer that keeps the gate closed. */
  readonly onWait?: (routing: Routing) => void
}

const DEADLINE_MS = 60_000
const POLL_MS = 250
const REQUEST_TIMEOUT_MS = 5_000

/**
 * Waits until the proxy writes to both clusters and every request it routed before that is answered or past its time-outs:
 * only then does every write that a read misses reach the target by itself, with a later time.
 * @throws BACKFILL_GATE_NOT_DUAL, BACKFILL_GATE_NOT_SETTLED at the deadline; BACKFILL_GATE_UNREACHABLE,
 * BACKFILL_GATE_REFUSED, BACKFILL_GATE_BAD_ANSWER at once
 */
export async function passGate(gate: ProxyGate, options: GateOptions = {}): Promise<GateState> {
  const deadlineMs = performance.now() + (gate.deadlineMs ?? DEADLINE_MS)
  for (let isFirst = true; ; isFirst = false) {
    const routing = await askRouting(gate, options.signal)
    if (routing.writes === 'dual' && routing.settled) return routing
    if (isFirst) options.onWait?.(routing)
    if (performance.now() >= deadlineMs) throw stillClosed(gate, routing)
    await sleepMs(gate.pollMs ?? POLL_MS, undefined, options.signal ? { signal: options.signal } : {})
  }
}

/** @throws BACKFILL_GATE_UNREACHABLE, BACKFILL_GATE_REFUSED, BACKFILL_GATE_BAD_ANSWER */
export async function askRouting(gate: ProxyGate, signal?: AbortSignal): Promise<Routing> {
  const url = `${gate.adminUrl.replace(/\/+$/, '')}/api/v1/routing`
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  let status: number
  let text: string
  try {
    const token = typeof gate.token === 'string' ? gate.token : gate.token.reveal()
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      // A redirect would carry the token to whoever is named there.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    status = response.status
    text = await response.text()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new BackfillError(
      'BACKFILL_GATE_UNREACHABLE',
      `the proxy's admin API at ${url} does not answer: ${reason(cause)}`,
      {
        cause,
      },
    )
  }
  if (status === 401 || status === 403) {
    throw new BackfillError(
      'BACKFILL_GATE_REFUSED',
      `the proxy's admin API at ${url} refuses the token (HTTP ${status})`,
    )
  }
  const routing = status === 200 ? parseRouting(text) : null
  if (!routing) {
    throw new BackfillError(
      'BACKFILL_GATE_BAD_ANSWER',
      `${url} answered with HTTP ${status} and no routing; is this the admin API of the proxy?`,
    )
  }
  return routing
}

function stillClosed(gate: ProxyGate, routing: Routing): BackfillError {
  const waited = `within ${gate.deadlineMs ?? DEADLINE_MS} ms`
  if (routing.writes !== 'dual') {
    return new BackfillError(
      'BACKFILL_GATE_NOT_DUAL',
      `the proxy at ${gate.adminUrl} writes to ${routing.writes} and did not change to dual ${waited}; ` +
        'switch dual writes on before the copy, or writes made meanwhile never reach the target',
    )
  }
  return new BackfillError(
    'BACKFILL_GATE_NOT_SETTLED',
    `the proxy at ${gate.adminUrl} writes to both clusters, but requests routed before that were not settled ${waited}`,
  )
}

function parseRouting(text: string): Routing | null {
  let body: Record<string, unknown>
  try {
    body = JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
  const { writes, settled, generation, changedAtMicros, writesChangedAtMicros } = body ?? {}
  // A change of reads alone has a generation of its own and leaves the writes as they were.
  const since = writesChangedAtMicros ?? changedAtMicros
  if (typeof writes !== 'string' || typeof settled !== 'boolean' || typeof generation !== 'number') return null
  if (typeof since !== 'string' || !/^\d{1,19}$/.test(since)) return null
  return { writes, settled, generation, dualSinceMicros: BigInt(since) }
}

/** fetch says only "fetch failed"; why is one level below. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

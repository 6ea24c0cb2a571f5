import { ErrorCode, errorCodeName } from '@zdmkit/protocol'
import { clusterNames, otherSide, type PerSide, type Side } from '../side.ts'

/** How one cluster's part of a dual write ended. */
export type Outcome =
  | { readonly kind: 'ok' }
  /** The cluster answered with an ERROR of this protocol code. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  /** No answer within the request time-out. */
  | { readonly kind: 'timeout' }
  /** The connection ended first. */
  | { readonly kind: 'lost' }

/** What the client is told. */
export type Settlement =
  /** That cluster's own frame. */
  | { readonly kind: 'forward'; readonly side: Side }
  /** An error of the proxy's making; `message` names the cluster and the reason. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string }

/** What a dual request is to the settle rule. */
export interface SettleRequest {
  readonly primary: Side
  /** Data was to be changed; DDL, USE and the like follow the plain rule. */
  readonly isWrite: boolean
  readonly isIdempotent: boolean
}

/**
 * One answer out of two:
 * - both ok: the primary's answer;
 * - one fails: that error; both fail: the primary's;
 * - but where a non-idempotent write may have been applied on either cluster, the answer is WRITE_TIMEOUT, the one error that no
 *   driver's default policy retries, and it says what each cluster did.
 *
 * "May have been applied" is decided by {@link mayBeApplied}.
 */
export function settle(request: SettleRequest, outcomes: Readonly<PerSide<Outcome>>): Settlement {
  const { primary } = request
  const secondary = otherSide(primary)
  const first = outcomes[primary]
  const second = outcomes[secondary]
  if (first.kind === 'ok' && second.kind === 'ok') return { kind: 'forward', side: primary }
  if (request.isWrite && !request.isIdempotent && (mayBeApplied(first) || mayBeApplied(second))) {
    return {
      kind: 'error',
      code: ErrorCode.WRITE_TIMEOUT,
      message:
        `outcome unknown, not safe to repeat: ${describeOutcome(primary, first)}; ${describeOutcome(secondary, second)}. ` +
        'The statement is not idempotent, so read before writing again',
    }
  }
  const failed = first.kind === 'ok' ? secondary : primary
  return answerFor(failed, outcomes[failed], request.isWrite)
}

/** What a client is told of the one outcome that counts. */
export function answerFor(side: Side, outcome: Outcome, isWrite: boolean): Settlement {
  if (outcome.kind === 'ok' || outcome.kind === 'error') return { kind: 'forward', side }
  return {
    kind: 'error',
    code: isWrite ? ErrorCode.WRITE_TIMEOUT : ErrorCode.READ_TIMEOUT,
    message: describeOutcome(side, outcome),
  }
}

/** Errors that a server gives before it touches any data. */
const REFUSALS: ReadonlySet<number> = new Set([
  ErrorCode.PROTOCOL_ERROR,
  ErrorCode.BAD_CREDENTIALS,
  ErrorCode.UNAVAILABLE,
  ErrorCode.OVERLOADED,
  ErrorCode.IS_BOOTSTRAPPING,
  ErrorCode.SYNTAX_ERROR,
  ErrorCode.UNAUTHORIZED,
  ErrorCode.INVALID,
  ErrorCode.CONFIG_ERROR,
  ErrorCode.ALREADY_EXISTS,
  ErrorCode.UNPREPARED,
])

/** Whether data may have changed on a cluster whose part ended like this. */
export function mayBeApplied(outcome: Outcome): boolean {
  return outcome.kind !== 'error' || !REFUSALS.has(outcome.code)
}

function describeOutcome(side: Side, outcome: Outcome): string {
  const name = clusterNames[side]
  switch (outcome.kind) {
    case 'ok':
      return `${name} applied it`
    case 'error':
      return `${name} answered ${errorCodeName(outcome.code)} (${outcome.message})`
    case 'timeout':
      return `${name} did not answer in time`
    case 'lost':
      return `${name}: the connection was lost before its answer`
  }
}

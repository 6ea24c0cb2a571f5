import { ErrorCode } from '@zdmkit/protocol'
import type { Bench } from './harness.ts'
import { ORIGIN, settle } from './inner-modules.ts'

type Outcomes = Parameters<typeof settle>[1]

const OK = { kind: 'ok' } as const
const OVERLOADED = { kind: 'error', code: ErrorCode.OVERLOADED, message: 'too many requests' } as const

/** One operation is one decision. */
export const settleBenches: readonly Bench[] = [
  { name: 'settle: both clusters agree', run: decide([OK, OK]) },
  { name: 'settle: one cluster refuses', run: decide([OK, OVERLOADED]) },
]

function decide(outcomes: Outcomes): Bench['run'] {
  return (count) => {
    let forwarded = 0
    for (let i = 0; i < count; i++) {
      const settlement = settle({ primary: ORIGIN, isWrite: true, isIdempotent: true }, outcomes)
      if (settlement.kind === 'forward') forwarded++
    }
    return forwarded
  }
}

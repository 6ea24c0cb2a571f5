import { ErrorCode, messageOffset, Opcode } from '@zdmkit/protocol'
import { forgottenChild } from '../prepared/reprepare.ts'
import { clusterNames, ORIGIN, type Side, TARGET } from '../side.ts'
import { errorFrame } from './error-frame.ts'
import { type Request, RequestKind } from './request.ts'
import { answerFor, type Settlement, settle } from './settle.ts'

/** RESULT of kind VOID, version and stream to be filled in. */
const VOID_RESULT = Buffer.from([0x84, 0, 0, 0, Opcode.RESULT, 0, 0, 0, 4, 0, 0, 0, 1])

/** Gives the client its one answer, now that no cluster is waited for. */
export function answerRequest(request: Request): void {
  const { client } = request
  if (request.kind !== RequestKind.READ) countFailedWrite(request)
  const settlement = settleRequest(request)
  if (settlement.kind === 'error') {
    client.answerError(request, settlement.code, settlement.message)
    return
  }
  const { side } = settlement
  const outcome = request.outcome(side)
  const frame = request.frame(side)
  if (outcome?.kind === 'error' && outcome.code === ErrorCode.UNPREPARED && frame !== null) {
    // The cluster's id means nothing to the client.
    request.entry ??= forgottenChild(request, side, frame, messageOffset(frame, 0, frame.length), frame.length)
    if (request.entry !== null) {
      client.answerError(request, ErrorCode.UNPREPARED, `${clusterNames[side]}: ${outcome.message}`)
      return
    }
  }
  if (frame === null) {
    VOID_RESULT[0] = 0x80 | client.version
    client.answerFrom(request, side, VOID_RESULT, 0, VOID_RESULT.length, false)
  } else {
    client.answerFrom(request, side, frame, 0, frame.length, outcome?.kind === 'error')
  }
}

function settleRequest(request: Request): Settlement {
  const isWrite = request.kind === RequestKind.WRITE
  if (request.isDual) {
    return settle({ primary: request.primary, isWrite, isIdempotent: request.isIdempotent }, request.outcomes())
  }
  const side: Side = request.originOutcome !== null ? ORIGIN : TARGET
  return answerFor(side, request.outcome(side) ?? { kind: 'lost' }, isWrite)
}

/** Counts and logs a failed write; reads are counted where they are answered. */
function countFailedWrite(request: Request): void {
  const { metrics, log } = request.client.context
  const [origin, target] = [request.originOutcome, request.targetOutcome]
  const onOrigin = origin?.kind === 'error'
  const onTarget = target?.kind === 'error'
  if (onOrigin && onTarget) {
    metrics.failedWrites.both.inc()
    const isOrigin = request.primary === ORIGIN
    // The client is told the primary's error only.
    log.warn('write-failed-on-both', {
      primary: clusterNames[request.primary],
      primaryError: (isOrigin ? origin : target).message,
      secondaryError: (isOrigin ? target : origin).message,
    })
  } else if (onOrigin) metrics.failedWrites.origin.inc()
  else if (onTarget) metrics.failedWrites.target.inc()
}

/** An ERROR frame for this request, in its client's version. */
export function requestErrorFrame(request: Request, code: number, message: string): Buffer {
  return errorFrame(request.client.version, request.stream, code, message, {
    consistency: request.consistency,
    writeType: request.isConditional ? 'CAS' : request.isBatch ? 'UNLOGGED_BATCH' : 'SIMPLE',
    ...(request.entry ? { id: request.entry.id } : {}),
  })
}

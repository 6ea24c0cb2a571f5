import { replaceFunctions } from '@zdmkit/cql'
import { ErrorCode, QueryFlag, type RequestShape } from '@zdmkit/protocol'
import { prepareFirst } from '../prepared/prepare-first.ts'
import type { PreparedEntry } from '../prepared/prepared-entry.ts'
import { routeWrite } from '../routing/route.ts'
import { errorFrame } from '../settle/error-frame.ts'
import { Request, RequestKind } from '../settle/request.ts'
import { sideOf } from '../side.ts'
import { misplacement } from '../write/simple-statement.ts'
import { longString, type Splice, spliceFrame } from '../write/splice-frame.ts'
import { withDefaultTimestamp } from '../write/timestamps.ts'
import type { ClientConnection } from './client-connection.ts'
import { forward } from './forward.ts'

const COUNTER = 2

/** A BATCH message: always a write. */
export function forwardBatch(
  client: ClientConnection,
  stream: number,
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
): void {
  const { context } = client
  const generation = context.generations.current
  const entries: PreparedEntry[] = []
  const splices: Splice[] = []
  let isIdempotent = shape.batchType !== COUNTER
  let isConditional = false
  for (let i = 0; i < shape.childCount; i++) {
    const at = shape.childAt[i] as number
    const contentStart = shape.childContentStart[i] as number
    const contentEnd = shape.childContentEnd[i] as number
    if (buffer[at] === 0) {
      const text = buffer.toString('utf8', contentStart, contentEnd)
      const statement = context.statements.inspect(text)
      isIdempotent &&= statement.isIdempotent
      isConditional ||= statement.isConditional
      if (statement.functions.length > 0 && context.options.replacesCqlFunctions) {
        context.metrics.replacedFunctions.inc(statement.functions.length)
        const replaced = replaceFunctions(text, statement.functions, context.functionValues)
        splices.push({ from: contentStart - 4, to: contentEnd, bytes: longString(replaced) })
      }
      continue
    }
    const entry = context.prepared.find(buffer, contentStart, contentEnd)
    if (entry === undefined) {
      context.metrics.preparedMisses.inc()
      const id = Buffer.from(buffer.subarray(contentStart, contentEnd))
      const text = `the proxy does not know the prepared statement 0x${id.toString('hex').slice(0, 64)} of this batch; prepare it again`
      client.send(errorFrame(client.version, stream, ErrorCode.UNPREPARED, text, { id }))
      return
    }
    const { statement } = entry
    isIdempotent &&= statement.isIdempotent
    isConditional ||= statement.isConditional
    if (statement.functions.length > 0 && context.options.replacesCqlFunctions) {
      const problem = misplacement(entry, client.group?.spec.keyspace ?? null)
      if (problem !== null) return client.sendError(stream, ErrorCode.INVALID, problem)
      context.metrics.replacedFunctions.inc(statement.functions.length)
      const text = longString(replaceFunctions(entry.text, statement.functions, context.functionValues))
      // Becomes a text: kind 0 and a long string, the same values behind it.
      splices.push({ from: at, to: contentEnd, bytes: Buffer.concat([Buffer.from([0]), text]) })
    } else entries.push(entry)
  }
  let frame = buffer
  let from = start
  let to = end
  if (splices.length > 0) {
    frame = spliceFrame(buffer, start, end, splices)
    from = 0
    to = frame.length
    shape.walk(frame[4] as number, frame[1] as number, frame, from, to)
  }
  const idOffsets: number[] = []
  for (let i = 0; i < shape.childCount; i++) {
    const at = shape.childAt[i] as number
    if (frame[at] === 1) idOffsets.push((shape.childContentStart[i] as number) - from)
  }
  if ((shape.flags & QueryFlag.DEFAULT_TIMESTAMP) === 0 && !isConditional && shape.batchType !== COUNTER) {
    frame = withDefaultTimestamp(frame, from, to, shape, context.micros.next())
    from = 0
    to = frame.length
  }
  const request = new Request(
    client,
    stream,
    RequestKind.WRITE,
    generation,
    context.nowMs,
    shape.consistency,
    frame,
    from,
    to,
  )
  request.isIdempotent = isIdempotent
  request.isConditional = isConditional
  request.isBatch = true
  request.primary = sideOf(generation.routing.primary)
  const destination = routeWrite(generation.routing)
  if (entries.length === 0) {
    forward(request, destination, null)
    return
  }
  request.batchEntries = entries
  prepareFirst(request, destination, (sent, channel) => {
    for (let i = 0; i < entries.length; i++) {
      const id = sent.batchEntries?.[i]?.ids[channel.side]
      if (id) channel.patchSent(idOffsets[i] as number, id)
    }
  })
}

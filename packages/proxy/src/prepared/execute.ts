// HOT PATH: most requests of an application are EXECUTEs.

import { ErrorCode, Opcode, QueryFlag, type RequestShape } from '@zdmkit/protocol'
import type { ClientConnection } from '../client/client-connection.ts'
import { forward } from '../client/forward.ts'
import { isTaggedPage, readDestination } from '../client/read-destination.ts'
import { type ComparedStatement, startDualRead } from '../compare/dual-read.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import { BOTH, changesRows, mayChangeRows, routeWrite } from '../routing/route.ts'
import { errorFrame } from '../settle/error-frame.ts'
import { Request, RequestKind } from '../settle/request.ts'
import { type Side, sideOf } from '../side.ts'
import { asSimpleStatement, misplacement } from '../write/simple-statement.ts'
import { withDefaultTimestamp } from '../write/timestamps.ts'
import { prepareFirst } from './prepare-first.ts'
import type { PreparedEntry } from './prepared-entry.ts'

const HEADER_BYTES = 9
const ID_LENGTH_BYTES = 2
const CONSISTENCY_BYTES = 2

export function executePrepared(
  client: ClientConnection,
  stream: number,
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
): void {
  const { context } = client
  const entry = context.prepared.find(buffer, shape.idStart, shape.idEnd)
  if (entry === undefined) {
    context.metrics.preparedMisses.inc()
    const id = Buffer.from(buffer.subarray(shape.idStart, shape.idEnd))
    const text = `the proxy does not know the prepared statement 0x${id.toString('hex').slice(0, 64)}; prepare it again`
    client.send(errorFrame(client.version, stream, ErrorCode.UNPREPARED, text, { id }))
    return
  }
  if (entry.virtual !== null) {
    client.send(context.virtual.execute(entry.virtual, client, stream, buffer, shape))
    return
  }
  const generation = context.generations.current
  const isData = changesRows(entry.statement)
  if (entry.statementClass === 'write' && (isData || !isTaggedPage(buffer, shape))) {
    let frame = buffer
    let from = start
    let to = end
    const { statement } = entry
    if (statement.functions.length > 0 && context.options.replacesCqlFunctions) {
      const problem = misplacement(entry, client.group?.spec.keyspace ?? null)
      if (problem !== null) return client.sendError(stream, ErrorCode.INVALID, problem)
      // Sent as a text with values in place of the functions and the same bound values: the clusters compute nothing.
      frame = asSimpleStatement(context, entry, buffer, start, end, shape)
      from = 0
      to = frame.length
      shape.walk(Opcode.QUERY, frame[1] as number, frame, 0, to)
    }
    if (isData && (shape.flags & QueryFlag.DEFAULT_TIMESTAMP) === 0 && !statement.isConditional) {
      frame = withDefaultTimestamp(frame, from, to, shape, context.micros.next())
      from = 0
      to = frame.length
    }
    const request = new Request(
      client,
      stream,
      mayChangeRows(entry.statement) ? RequestKind.WRITE : RequestKind.OTHER,
      generation,
      context.nowMs,
      shape.consistency,
      frame,
      from,
      to,
    )
    request.isIdempotent = statement.isIdempotent
    request.isConditional = statement.isConditional
    request.isSuspect = shape.pagingStateEnd > shape.pagingStateStart
    request.primary = sideOf(generation.routing.primary)
    const destination = routeWrite(generation.routing)
    if (frame[from + 4] === Opcode.QUERY) {
      forward(request, destination, null)
      return
    }
    request.entry = entry
    if (isPrepared(entry, destination)) forward(request, destination, patchId)
    else prepareFirst(request, destination, patchId)
    return
  }
  const read = readDestination(client, entry.statementClass, generation, buffer, start, end, shape, entry)
  const request = new Request(
    client,
    stream,
    RequestKind.READ,
    generation,
    context.nowMs,
    shape.consistency,
    read.buffer,
    read.start,
    read.end,
  )
  request.entry = entry
  request.isIdempotent = true
  request.isSuspect = read.hasPagingState
  if (read.isCompared) startDualRead(request, read.side, comparedStatement(entry), patchId)
  if (entry.ids[read.side] !== null) forward(request, read.side, patchId)
  else prepareFirst(request, read.side, patchId)
}

function comparedStatement(entry: PreparedEntry): ComparedStatement {
  const { statement, text } = entry
  return { text, keyspace: statement.keyspace ?? entry.keyspace, table: statement.table }
}

/** Puts the cluster's own prepared id in place of the proxy's, in the copy just handed to the channel. */
export function patchId(request: Request, channel: ClusterChannel): void {
  const { entry } = request
  const id = entry?.ids[channel.side]
  if (!entry || !id) return
  const at = idOffset(request)
  channel.patchSent(at, id)
  if (entry.hasSeveralColumns) describeColumns(request, channel, at + id.length + CONSISTENCY_BYTES)
}

/** Asks for the columns with the rows, whatever the client said in the flags at this offset. */
function describeColumns(request: Request, channel: ClusterChannel, flagsAt: number): void {
  const flags = request.source[request.start + flagsAt] as number
  channel.patchSent(flagsAt, Buffer.from([flags & ~QueryFlag.SKIP_METADATA]))
}

/** Where the id's bytes begin in the frame. */
function idOffset(request: Request): number {
  const { source, start } = request
  if (((source[start + 1] as number) & 0x04) === 0) return HEADER_BYTES + ID_LENGTH_BYTES
  // Behind a custom payload, which was walked before.
  let at = start + HEADER_BYTES
  const count = source.readUInt16BE(at)
  at += 2
  for (let i = 0; i < count; i++) {
    at += 2 + source.readUInt16BE(at)
    at += 4 + Math.max(0, source.readInt32BE(at))
  }
  return at - start + ID_LENGTH_BYTES
}

function isPrepared(entry: PreparedEntry, destination: Side | typeof BOTH): boolean {
  if (destination !== BOTH) return entry.ids[destination] !== null
  return entry.ids[0] !== null && entry.ids[1] !== null
}

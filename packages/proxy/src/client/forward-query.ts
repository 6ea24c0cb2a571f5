import type { Statement } from '@zdmkit/cql'
import {
  ErrorCode,
  encodeResponse,
  Opcode,
  type ProtocolVersion,
  QueryFlag,
  type RequestShape,
  result,
} from '@zdmkit/protocol'
import { startDualRead } from '../compare/dual-read.ts'
import { RefusedByCluster } from '../login/identity.ts'
import { neededSides } from '../routing/needed-sides.ts'
import { changesRows, classify, mayChangeRows, routeWrite, type StatementClass } from '../routing/route.ts'
import { errorFrame } from '../settle/error-frame.ts'
import { Request, RequestKind } from '../settle/request.ts'
import { sideOf } from '../side.ts'
import { virtualSelect } from '../virtual/virtual-select.ts'
import { withReplacedFunctions } from '../write/simple-statement.ts'
import { withDefaultTimestamp } from '../write/timestamps.ts'
import type { ClientConnection } from './client-connection.ts'
import { forward } from './forward.ts'
import { isTaggedPage, readDestination } from './read-destination.ts'

/** A simple statement. */
export function forwardQuery(
  client: ClientConnection,
  stream: number,
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
): void {
  const { context } = client
  const text = buffer.toString('utf8', shape.textStart, shape.textEnd)
  const statement = context.statements.inspect(text)
  const keyspace = client.group?.spec.keyspace ?? null
  const statementClass = classify(statement, keyspace)
  const generation = context.generations.current
  switch (statementClass) {
    case 'use':
      changeKeyspace(client, stream, statement.useKeyspace)
      return
    case 'insights':
      // DSE drivers report statistics about themselves; nobody here collects them, and silence would leave them waiting.
      client.send(encodeResponse(result, { kind: 'void' }, { version: client.version as ProtocolVersion, stream }))
      return
    case 'system-read':
    case 'read': {
      const select = statementClass === 'system-read' ? virtualSelect(text, statement, keyspace) : null
      if (select === null)
        forwardRead(client, stream, buffer, start, end, shape, { text, statement, statementClass, keyspace })
      else client.send(context.virtual.query(select, client, stream, buffer, shape))
      return
    }
    case 'write':
      if (!changesRows(statement) && isTaggedPage(buffer, shape)) {
        forwardRead(client, stream, buffer, start, end, shape, { text, statement, statementClass, keyspace })
        return
      }
      break
    case 'virtual':
      break
  }
  let frame = buffer
  let from = start
  let to = end
  const isData = changesRows(statement)
  if (isData && statement.functions.length > 0 && context.options.replacesCqlFunctions) {
    frame = withReplacedFunctions(context, text, statement.functions, buffer, start, end, shape)
    from = 0
    to = frame.length
    shape.walk(Opcode.QUERY, frame[1] as number, frame, from, to)
  }
  if (isData && (shape.flags & QueryFlag.DEFAULT_TIMESTAMP) === 0 && !statement.isConditional) {
    frame = withDefaultTimestamp(frame, from, to, shape, context.micros.next())
    from = 0
    to = frame.length
  }
  const kind = mayChangeRows(statement) ? RequestKind.WRITE : RequestKind.OTHER
  const request = new Request(client, stream, kind, generation, context.nowMs, shape.consistency, frame, from, to)
  request.isIdempotent = statement.isIdempotent
  request.isConditional = statement.isConditional
  request.isSuspect = shape.pagingStateEnd > shape.pagingStateStart
  request.isBatch = statement.kind === 'batch'
  request.primary = sideOf(generation.routing.primary)
  forward(request, routeWrite(generation.routing), null)
}

interface SimpleRead {
  readonly text: string
  readonly statement: Statement
  readonly statementClass: StatementClass
  /** Where unqualified names resolve. */
  readonly keyspace: string | null
}

function forwardRead(
  client: ClientConnection,
  stream: number,
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
  simple: SimpleRead,
): void {
  const { context } = client
  const generation = context.generations.current
  const read = readDestination(client, simple.statementClass, generation, buffer, start, end, shape, null)
  const { side, isCompared } = read
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
  request.isIdempotent = true
  request.isSuspect = read.hasPagingState
  const { text, statement, keyspace } = simple
  if (isCompared)
    startDualRead(request, side, { text, keyspace: statement.keyspace ?? keyspace, table: statement.table }, null)
  forward(request, side, null)
}

/** USE moves the client to the group of that keyspace, once both clusters have accepted it there. */
function changeKeyspace(client: ClientConnection, stream: number, keyspace: string | null): void {
  const { context, group } = client
  if (keyspace === null || keyspace === '' || group === null) {
    client.sendError(stream, ErrorCode.SYNTAX_ERROR, 'USE needs the name of a keyspace')
    return
  }
  const version = client.version as ProtocolVersion
  client.during(async () => {
    try {
      const needed = neededSides(context.generations.current.routing)
      const next = await context.groups.open(context, { ...group.spec, keyspace }, needed)
      client.enter(next)
      client.send(encodeResponse(result, { kind: 'set_keyspace', keyspace }, { version, stream }))
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      const code = cause instanceof RefusedByCluster ? cause.serverCode : ErrorCode.SERVER_ERROR
      client.send(errorFrame(version, stream, code, message))
    }
  })
}

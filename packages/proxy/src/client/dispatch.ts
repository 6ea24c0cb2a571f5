// HOT PATH: one call per request of a logged-in client. EXECUTE comes first; what it does not need is in other files.

import { ErrorCode, HeaderFlag, Opcode, opcodeName, RequestShape } from '@zdmkit/protocol'
import { executePrepared } from '../prepared/execute.ts'
import { prepareStatement } from '../prepared/prepare.ts'
import { errorFrame } from '../settle/error-frame.ts'
import type { ClientConnection } from './client-connection.ts'
import { forwardBatch } from './forward-batch.ts'
import { forwardQuery } from './forward-query.ts'
import { answerOptions, registerForEvents } from './session-requests.ts'

/** Walked anew for each request; nobody keeps it past its own call. */
const shape = new RequestShape()

/** Header flags that a request may have. The body behind any other cannot be walked. */
const FLAGS_V3 = HeaderFlag.TRACING
const FLAGS_V4 = HeaderFlag.TRACING | HeaderFlag.CUSTOM_PAYLOAD

/** One request, in `buffer[start, end)`, which stays the client's until it is answered. */
export function dispatch(client: ClientConnection, buffer: Buffer, start: number, end: number): void {
  const { context } = client
  const opcode = buffer[start + 4] as number
  const flags = buffer[start + 1] as number
  const stream = ((buffer[start + 2] as number) << 8) | (buffer[start + 3] as number)
  if (stream > 0x7fff) {
    const signed = stream - 0x10000
    return refuse(client, signed, ErrorCode.PROTOCOL_ERROR, `negative stream id ${signed}`)
  }
  if ((flags & ~(client.version === 3 ? FLAGS_V3 : FLAGS_V4)) !== 0) {
    return refuse(
      client,
      stream,
      ErrorCode.PROTOCOL_ERROR,
      `header flags 0x${flags.toString(16)} are not supported here`,
    )
  }
  switch (opcode) {
    case Opcode.EXECUTE:
    case Opcode.QUERY:
    case Opcode.BATCH:
    case Opcode.PREPARE:
      break
    case Opcode.OPTIONS:
      return answerOptions(client, stream, end - start)
    case Opcode.REGISTER:
      return registerForEvents(client, stream, buffer, start, end)
    default:
      return refuse(
        client,
        stream,
        ErrorCode.PROTOCOL_ERROR,
        `unexpected ${opcodeName(opcode)} on a connection that is logged in`,
      )
  }
  const problem = shape.walk(opcode, flags, buffer, start, end)
  if (problem !== null) {
    return refuse(client, stream, ErrorCode.PROTOCOL_ERROR, `malformed ${opcodeName(opcode)}: ${problem}`)
  }
  if (context.isDraining)
    return refuse(client, stream, ErrorCode.OVERLOADED, 'the proxy is shutting down; use another host')
  if (client.inFlight >= context.options.streamIdsMax) {
    const text = `${client.inFlight} requests of this connection are in flight, the most that proxy_max_stream_ids allows`
    return refuse(client, stream, ErrorCode.OVERLOADED, text)
  }
  switch (opcode) {
    case Opcode.EXECUTE:
      return executePrepared(client, stream, buffer, start, end, shape)
    case Opcode.QUERY:
      return forwardQuery(client, stream, buffer, start, end, shape)
    case Opcode.BATCH:
      return forwardBatch(client, stream, buffer, start, end, shape)
    case Opcode.PREPARE:
      return prepareStatement(client, stream, buffer, shape)
  }
}

/** Answers a request that goes to no cluster. */
function refuse(client: ClientConnection, stream: number, code: number, message: string): void {
  client.send(errorFrame(client.version, stream, code, message))
}

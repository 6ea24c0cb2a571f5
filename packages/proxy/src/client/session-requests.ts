import { ErrorCode, encodeResponse, ProtocolError, type ProtocolVersion, ready, register } from '@zdmkit/protocol'
import { ORIGIN, TARGET } from '../side.ts'
import type { ClientConnection } from './client-connection.ts'

const HEADER_BYTES = 9
const EVENT_TYPES: ReadonlySet<string> = new Set(['TOPOLOGY_CHANGE', 'STATUS_CHANGE', 'SCHEMA_CHANGE'])

/** OPTIONS never reaches a shared connection: the answer is what both clusters support. */
export function answerOptions(client: ClientConnection, stream: number, frameBytes: number): void {
  if (frameBytes !== HEADER_BYTES) {
    client.sendError(stream, ErrorCode.PROTOCOL_ERROR, 'malformed OPTIONS: it has a body')
    return
  }
  const { controls } = client.context
  client.send(controls[ORIGIN].supportedFrame(client.version as ProtocolVersion, stream, controls[TARGET]))
}

/** REGISTER never reaches a shared connection: the control connections hear the events and the proxy passes them on. */
export function registerForEvents(
  client: ClientConnection,
  stream: number,
  buffer: Buffer,
  start: number,
  end: number,
): void {
  const version = client.version as ProtocolVersion
  try {
    const { eventTypes } = register.decode(Buffer.from(buffer.subarray(start + HEADER_BYTES, end)), version)
    if (!eventTypes.every((type) => EVENT_TYPES.has(type))) {
      const text = `REGISTER for an unknown type of event; the types are ${[...EVENT_TYPES].join(', ')}`
      client.sendError(stream, ErrorCode.PROTOCOL_ERROR, text)
      return
    }
    for (const type of eventTypes) client.eventTypes.add(type)
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    client.sendError(stream, ErrorCode.PROTOCOL_ERROR, `malformed REGISTER: ${cause.message}`)
    return
  }
  client.send(encodeResponse(ready, {}, { version, stream }))
}

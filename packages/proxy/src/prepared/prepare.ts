import { inspect, parseVirtualSelect } from '@zdmkit/cql'
import { ErrorCode, encodeRequest, Opcode, type ProtocolVersion, prepare, type RequestShape } from '@zdmkit/protocol'
import type { ResponseFrame } from '@zdmkit/transport'
import type { ClientConnection } from '../client/client-connection.ts'
import { neededSides } from '../routing/needed-sides.ts'
import { classify } from '../routing/route.ts'
import { clusterNames, sideOf } from '../side.ts'
import { notePrepared, preparedParts } from './prepare-on.ts'
import type { PreparedEntry } from './prepared-entry.ts'

const HEADER_BYTES = 9

/**
 * A client's PREPARE: sent to every cluster that the routing writes to; the client gets the primary's metadata under the proxy's own id. A cluster that joins later is asked when the first EXECUTE needs it.
 */
export function prepareStatement(client: ClientConnection, stream: number, buffer: Buffer, shape: RequestShape): void {
  const { context } = client
  const text = buffer.toString('utf8', shape.textStart, shape.textEnd)
  const keyspace = client.group?.spec.keyspace ?? null
  const select = classify(inspect(text), keyspace) === 'system-read' ? parseVirtualSelect(text, keyspace) : null
  if (select !== null) {
    client.send(context.virtual.prepare(select, text, keyspace, client, stream))
    return
  }
  const entry = context.prepared.obtain(text, keyspace, null)
  if (entry.statementClass === 'use') {
    client.sendError(
      stream,
      ErrorCode.INVALID,
      'USE cannot be prepared through the proxy; send it as a simple statement',
    )
    return
  }
  client.inFlight++
  prepareEverywhere(client, entry)
    .then(
      (answer) => client.send(withClientId(answer, entry, stream)),
      (cause: unknown) => {
        const message = cause instanceof Error ? cause.message : String(cause)
        client.sendError(stream, ErrorCode.OVERLOADED, `the statement could not be prepared: ${message}`)
      },
    )
    .finally(() => {
      client.inFlight--
    })
}

async function prepareEverywhere(client: ClientConnection, entry: PreparedEntry): Promise<ResponseFrame> {
  const { context } = client
  const { routing } = context.generations.current
  const version = client.version as ProtocolVersion
  const sides = neededSides(routing)
  const answers = await Promise.all(
    sides.map((side) => {
      const channel = client.group?.links[side].pick(client.slot)
      if (!channel) throw new Error(`${clusterNames[side]}: ${client.group?.links[side].downReason ?? 'no connection'}`)
      const frame = encodeRequest(prepare, { query: entry.text }, { version, stream: 0 })
      return channel.ask(frame, context.options.requestTimeoutMs)
    }),
  )
  const primaryIndex = Math.max(0, sides.indexOf(sideOf(routing.primary)))
  const primary = answers[primaryIndex] as ResponseFrame
  if (primary.opcode === Opcode.ERROR) return primary
  for (const [index, answer] of answers.entries()) {
    if (answer.opcode === Opcode.ERROR) return answer
    const side = sides[index]
    if (side !== undefined) notePrepared(entry, side, answer)
  }
  return primary
}

/** The answer as a frame for the client, its PREPARED id replaced by the proxy's. */
function withClientId(answer: ResponseFrame, entry: PreparedEntry, stream: number): Buffer {
  const parts = preparedParts(answer)
  const { body } = answer
  const pieces = parts
    ? [body.subarray(0, parts.idStart - 2), idLength(entry.id), entry.id, body.subarray(parts.idEnd)]
    : [body]
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = 0x80 | answer.version
  header[1] = answer.flags
  header.writeInt16BE(stream, 2)
  header[4] = answer.opcode
  header.writeInt32BE(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
    5,
  )
  return Buffer.concat([header, ...pieces])
}

function idLength(id: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(id.length)
  return length
}

import { inspect } from '@zdmkit/cql'
import { ErrorCode, encodeRequest, Opcode, type ProtocolVersion, prepare, type RequestShape } from '@zdmkit/protocol'
import type { ResponseFrame } from '@zdmkit/transport'
import type { ClientConnection } from '../client/client-connection.ts'
import { ClusterUnreachable } from '../group/cluster-unreachable.ts'
import { neededSides } from '../routing/needed-sides.ts'
import { classify } from '../routing/route.ts'
import { type Side, sideOf } from '../side.ts'
import { virtualSelect } from '../virtual/virtual-select.ts'
import { notePrepared, preparedParts, readPrepared } from './prepare-on.ts'
import type { PreparedEntry } from './prepared-entry.ts'

const HEADER_BYTES = 9

/**
 * A client's PREPARE: sent to every cluster that the routing writes to; the client gets the primary's metadata under the proxy's own id. A cluster that joins later is asked when the first EXECUTE needs it.
 */
export function prepareStatement(client: ClientConnection, stream: number, buffer: Buffer, shape: RequestShape): void {
  const { context } = client
  const text = buffer.toString('utf8', shape.textStart, shape.textEnd)
  const keyspace = client.group?.spec.keyspace ?? null
  const statement = inspect(text)
  const statementClass = classify(statement, keyspace)
  const select = statementClass === 'system-read' ? virtualSelect(text, statement, keyspace) : null
  if (select !== null) {
    client.send(context.virtual.prepare(select, text, keyspace, client, stream))
    return
  }
  if (statementClass === 'use') {
    client.sendError(
      stream,
      ErrorCode.INVALID,
      'USE cannot be prepared through the proxy; send it as a simple statement',
    )
    return
  }
  const entry = context.prepared.obtain(text, keyspace, null)
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
      if (entry.ids.every((id) => id === null)) context.prepared.forget(entry)
    })
}

/** The answer that counts; the entry has the clusters' ids only where all of them prepared it. */
async function prepareEverywhere(client: ClientConnection, entry: PreparedEntry): Promise<ResponseFrame> {
  const { routing } = client.context.generations.current
  const sides = neededSides(routing)
  const answers = await Promise.all(sides.map((side) => askToPrepare(client, side, entry)))
  const primary = answers[Math.max(0, sides.indexOf(sideOf(routing.primary)))] as ResponseFrame
  const refusal = [primary, ...answers].find(({ opcode }) => opcode === Opcode.ERROR)
  if (refusal) return refusal
  const prepared = sides.map((side, i) => ({ side, parts: readPrepared(side, answers[i] as ResponseFrame) }))
  for (const { side, parts } of prepared) notePrepared(entry, side, parts)
  return primary
}

async function askToPrepare(client: ClientConnection, side: Side, entry: PreparedEntry): Promise<ResponseFrame> {
  const link = client.group?.links[side]
  const channel = link?.pick(client.slot)
  if (!channel) throw new ClusterUnreachable(side, link?.downReason ?? 'no connection')
  const version = client.version as ProtocolVersion
  const frame = encodeRequest(prepare, { query: entry.text }, { version, stream: 0 })
  return channel.ask(frame, client.context.options.requestTimeoutMs)
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

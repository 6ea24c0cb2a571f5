import { createHash } from 'node:crypto'
import {
  encodeRequest,
  messageOffset,
  Opcode,
  ProtocolError,
  type ProtocolVersion,
  prepare,
  Reader,
  ResultKind,
  result,
} from '@zdmkit/protocol'
import type { ResponseFrame } from '@zdmkit/transport'
import type { ClientConnection } from '../client/client-connection.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import { ClusterUnreachable } from '../group/cluster-unreachable.ts'
import { clusterNames, type Side } from '../side.ts'
import { PREPARED_ID_BYTES, type PreparedEntry } from './prepared-entry.ts'

/** A cluster answered a PREPARE of the proxy's with something else than PREPARED. */
export class PrepareRefused extends Error {
  override readonly name: string = 'PrepareRefused'
  readonly side: Side
  readonly answer: ResponseFrame

  constructor(side: Side, answer: ResponseFrame) {
    super(`${clusterNames[side]} refused to prepare the statement`)
    this.side = side
    this.answer = answer
  }
}

/**
 * Prepares the entry's text on the cluster of `side`, over a connection in the keyspace of the original PREPARE, and notes the
 * cluster's id. All who need it over one connection at a time share one PREPARE.
 * @throws PrepareRefused, ClusterUnreachable
 */
export async function prepareOn(client: ClientConnection, side: Side, entry: PreparedEntry): Promise<void> {
  const channel = await channelIn(client, side, entry.keyspace)
  const running = channel.preparing.get(entry)
  if (running) return running
  const step = prepareOver(client, channel, entry).finally(() => channel.preparing.delete(entry))
  channel.preparing.set(entry, step)
  return step
}

async function prepareOver(client: ClientConnection, channel: ClusterChannel, entry: PreparedEntry): Promise<void> {
  const { side } = channel
  const frame = encodeRequest(
    prepare,
    { query: entry.text },
    { version: channel.version as ProtocolVersion, stream: 0 },
  )
  const answer = await channel.ask(frame, client.context.options.requestTimeoutMs)
  notePrepared(entry, side, readPrepared(side, answer))
}

/** What a PREPARED answer says; indices of the key are told from v4 on. */
export interface PreparedParts {
  readonly id: Buffer
  /** Where the id's bytes lie in the answer's body. */
  readonly idStart: number
  readonly idEnd: number
  readonly keyIndices: number[] | null
  /** Digest of the columns of its rows. */
  readonly columns: string
}

/**
 * The parts of a PREPARED answer.
 * @throws PrepareRefused when it is none; an Error when its id has another length than the proxy's own, whose place it takes
 */
export function readPrepared(side: Side, answer: ResponseFrame): PreparedParts {
  const parts = preparedParts(answer)
  if (parts === null) throw new PrepareRefused(side, answer)
  if (parts.id.length !== PREPARED_ID_BYTES) {
    throw new Error(`${clusterNames[side]} gave it an id of ${parts.id.length} bytes, not ${PREPARED_ID_BYTES}`)
  }
  return parts
}

/** The cluster has the statement. */
export function notePrepared(entry: PreparedEntry, side: Side, parts: PreparedParts): void {
  entry.ids[side] = parts.id
  entry.keyIndices ??= parts.keyIndices
  if (entry.columns === null) entry.columns = parts.columns
  else if (entry.columns !== parts.columns) entry.hasSeveralColumns = true
}

/** Where the id lies in a PREPARED answer, and what it is; `null` for any other answer. */
export function preparedParts(answer: ResponseFrame): PreparedParts | null {
  if (answer.opcode !== Opcode.RESULT) return null
  const { body } = answer
  const at = bodyMessageOffset(answer)
  if (at < 0 || at + 6 > body.length || body.readInt32BE(at) !== ResultKind.PREPARED) return null
  const idStart = at + 6
  const idEnd = idStart + body.readUInt16BE(at + 4)
  if (idEnd > body.length) return null
  const reader = new Reader(body, idEnd, body.length)
  // <flags><columns_count><pk_count>[<pk_index_1>...] in v4; v3 has no key indices.
  reader.int()
  reader.int()
  let keyIndices: number[] | null = null
  if (answer.version >= 4) {
    const count = reader.int()
    keyIndices = []
    for (let i = 0; i < count; i++) keyIndices.push(reader.short())
  }
  const columns = columnsDigest(body.subarray(at), answer.version)
  return { id: Buffer.from(body.subarray(idStart, idEnd)), idStart, idEnd, keyIndices, columns }
}

function columnsDigest(message: Buffer, version: number): string {
  const hash = createHash('md5')
  try {
    const prepared = result.decode(message, version as ProtocolVersion)
    if (prepared.kind === 'prepared') hash.update(JSON.stringify(prepared.metadata.columns))
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    // A type that is not known here: then all the bytes count, which differ sooner.
    hash.update(message)
  }
  return hash.digest('base64')
}

function bodyMessageOffset(answer: ResponseFrame): number {
  if (answer.flags === 0) return 0
  const frame = Buffer.concat([Buffer.from([0, answer.flags, 0, 0, answer.opcode, 0, 0, 0, 0]), answer.body])
  const at = messageOffset(frame, 0, frame.length)
  return at < 0 ? -1 : at - 9
}

async function channelIn(client: ClientConnection, side: Side, keyspace: string | null): Promise<ClusterChannel> {
  let { group } = client
  if (group && group.spec.keyspace !== keyspace) {
    group = await client.context.groups.open(client.context, { ...group.spec, keyspace }, [side])
  }
  const channel = group?.links[side].pick(client.slot)
  if (!channel) {
    const reason = group?.links[side].downReason ?? 'the client is gone'
    throw new ClusterUnreachable(side, reason)
  }
  return channel
}

import {
  type FrameHeader,
  HEADER_BYTES,
  Opcode,
  type ProtocolVersion,
  prepare,
  query,
  Reader,
  ResultKind,
} from '@zdmkit/protocol'

/** A request on its way through a relay. */
export interface RelayedRequest {
  /** Of the relay's connections, from 1 in the order of their opening. */
  readonly connection: number
  readonly header: FrameHeader
  /** Header and body. */
  readonly frame: Buffer
  /** The statement: of a query, of a PREPARE, or what an EXECUTE was prepared from; null where there is none. */
  readonly text: string | null
}

/** Statements that were prepared through a relay, by id in hex; ids are the server's and the same on all connections. */
export type PreparedTexts = Map<string, string>

/** The statement of a request. */
export function textOf(frame: Buffer, header: FrameHeader, prepared: PreparedTexts): string | null {
  const body = frame.subarray(HEADER_BYTES)
  const version = header.version as ProtocolVersion
  // What flags announce stands before the message, and such requests are not what tests look for.
  if (header.flags !== 0) return null
  switch (header.opcode) {
    case Opcode.QUERY:
      return query.decode(body, version).query
    case Opcode.PREPARE:
      return prepare.decode(body, version).query
    case Opcode.EXECUTE:
      return prepared.get(new Reader(body).shortBytes().toString('hex')) ?? null
    default:
      return null
  }
}

/** The id in an answer to PREPARE, in hex; null in any other answer. */
export function preparedId(frame: Buffer, header: FrameHeader): string | null {
  if (header.opcode !== Opcode.RESULT || header.flags !== 0) return null
  const reader = new Reader(frame.subarray(HEADER_BYTES))
  return reader.int() === ResultKind.PREPARED ? reader.shortBytes().toString('hex') : null
}

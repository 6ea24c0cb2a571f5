// What a scripted server received: the bytes, and the message in them.

import {
  type AuthResponse,
  authResponse,
  type Batch,
  batch,
  type Execute,
  execute,
  type FrameHeader,
  HEADER_BYTES,
  HeaderFlag,
  type MessageCodec,
  type Options,
  options,
  type Prepare,
  type ProtocolVersion,
  prepare,
  type Query,
  query,
  Reader,
  type Register,
  register,
  type Startup,
  startup,
} from '@zdmkit/protocol'

/** The message of each type of request. */
export interface RequestMessages {
  startup: Startup
  options: Options
  authResponse: AuthResponse
  register: Register
  query: Query
  prepare: Prepare
  execute: Execute
  batch: Batch
}

/** Names a type of request, as its codec is called. */
export type RequestType = keyof RequestMessages

/** One request of one type. */
export interface RequestOf<K extends RequestType> {
  type: K
  message: RequestMessages[K]
  /** The server's name. */
  server: string
  /** Of the server's connections, from 1 in the order of their opening. */
  connection: number
  /** Its place among all requests and answers of all scripted servers of this process. */
  sequence: number
  /** The place of its answer, or null while there is none. */
  answerSequence: number | null
  header: FrameHeader
  version: ProtocolVersion
  /** Header and body as they came. */
  frame: Buffer
  /** The body as it came, with what flags announce. */
  body: Buffer
  customPayload: Record<string, Buffer | null> | null
  /** The keyspace of the connection when it came. */
  keyspace: string | null
  /** Each statement's text, that of prepared ones included; empty for an id that is unknown here. */
  texts: string[]
  /** The texts as one. */
  text: string
}

/** One request; `type` tells which message it has. */
export type ReceivedRequest = { [K in RequestType]: RequestOf<K> }[RequestType]

/** Which requests: by text (whole text, or a part that fits; PREPARE is none of them) or by any property. */
export type RequestMatcher = string | RegExp | ((request: ReceivedRequest) => boolean)

/** Whether a request is one of those. */
export function matches(matcher: RequestMatcher, request: ReceivedRequest): boolean {
  if (typeof matcher === 'function') return matcher(request)
  if (request.type !== 'query' && request.type !== 'execute' && request.type !== 'batch') return false
  return matchesText(matcher, request.text)
}

/** Whether a statement's text is the given one, or has a part that fits. */
export function matchesText(pattern: string | RegExp, text: string): boolean {
  if (typeof pattern === 'string') return pattern.trim() === text.trim()
  pattern.lastIndex = 0
  return pattern.test(text)
}

/** What stands around the message. */
export interface RequestContext {
  server: string
  connection: number
  sequence: number
  keyspace: string | null
  /** The text of a prepared statement. */
  findText(id: Buffer): string | null
}

/**
 * The request in a frame.
 *
 * @throws a ProtocolError when the body is not exactly such a message; null when no request has this opcode.
 */
export function decodeRequest(frame: Buffer, header: FrameHeader, context: RequestContext): ReceivedRequest | null {
  const type = TYPES.get(header.opcode)
  return type === undefined ? null : (decodeAs(type, frame, header, context) as ReceivedRequest)
}

function decodeAs<K extends RequestType>(
  type: K,
  frame: Buffer,
  header: FrameHeader,
  { findText, ...context }: RequestContext,
): RequestOf<K> {
  const version = header.version as ProtocolVersion
  const body = frame.subarray(HEADER_BYTES)
  const reader = new Reader(body)
  const customPayload = header.flags & HeaderFlag.CUSTOM_PAYLOAD ? reader.bytesMap() : null
  const message = CODECS[type].decode(body.subarray(body.length - reader.remaining), version)
  const texts = readTexts({ type, message } as { [T in RequestType]: Typed<T> }[RequestType], findText)
  const text = texts.join('; ')
  const answerSequence = null
  return { ...context, type, message, answerSequence, header, version, frame, body, customPayload, texts, text }
}

interface Typed<K extends RequestType> {
  type: K
  message: RequestMessages[K]
}

function readTexts(
  request: { [K in RequestType]: Typed<K> }[RequestType],
  findText: (id: Buffer) => string | null,
): string[] {
  switch (request.type) {
    case 'query':
    case 'prepare':
      return [request.message.query]
    case 'execute':
      return [findText(request.message.id) ?? '']
    case 'batch':
      return request.message.statements.map((one) => ('query' in one ? one.query : (findText(one.id) ?? '')))
    case 'startup':
    case 'options':
    case 'authResponse':
    case 'register':
      return []
  }
}

const CODECS: { [K in RequestType]: MessageCodec<RequestMessages[K]> } = {
  startup,
  options,
  authResponse,
  register,
  query,
  prepare,
  execute,
  batch,
}

const TYPES: ReadonlyMap<number, RequestType> = new Map(
  (Object.keys(CODECS) as RequestType[]).map((type) => [CODECS[type].opcode, type]),
)

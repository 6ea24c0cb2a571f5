import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import {
  decodeHeader,
  decodePrefix,
  type ErrorMessage,
  encodeRequest,
  error,
  type FrameHeader,
  HEADER_BYTES,
  type MessageCodec,
  Opcode,
  type ProtocolVersion,
  Reader,
  type ResponsePrefix,
  type Result,
  result,
  startup,
} from '@zdmkit/protocol'

/** A frame that came back. */
export interface RawAnswer {
  header: FrameHeader
  prefix: ResponsePrefix
  /** The body after the prefix. */
  body: Buffer
  frame: Buffer
}

/** A client that knows frames and nothing else, so that a test sees every byte of the server. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket
  readonly closed: Promise<void>
  #kept: Buffer = Buffer.alloc(0)
  #answers: RawAnswer[] = []
  #wake = Promise.withResolvers<void>()
  #isClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isClosed = true
        this.#wake.resolve()
        resolve()
      })
    })
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  static async connect(server: { host: string; port: number }): Promise<RawClient> {
    const socket = createConnection({ host: server.host, port: server.port })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Connected and started up. */
  static async ready(server: { host: string; port: number }, version: ProtocolVersion = 4): Promise<RawClient> {
    const client = await RawClient.connect(server)
    await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } }, { version })
    return client
  }

  /** Sends a request and gives the next answer that comes. */
  async ask<T>(
    codec: MessageCodec<T>,
    message: T,
    options: { version?: ProtocolVersion; stream?: number; flags?: number } = {},
  ): Promise<RawAnswer> {
    this.send(codec, message, options)
    return this.next()
  }

  send<T>(
    codec: MessageCodec<T>,
    message: T,
    { version = 4, stream = 1, flags = 0 }: { version?: ProtocolVersion; stream?: number; flags?: number } = {},
  ): void {
    this.socket.write(encodeRequest(codec, message, { version, stream, flags }))
  }

  /** The next frame; rejects when the connection ends first. */
  async next(): Promise<RawAnswer> {
    for (;;) {
      const answer = this.#answers.shift()
      if (answer) return answer
      if (this.#isClosed) throw new Error('the server closed the connection')
      this.#wake = Promise.withResolvers()
      await this.#wake.promise
    }
  }

  /** Bytes that are no whole frame yet. */
  get rest(): Buffer {
    return this.#kept
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.closed
  }

  #receive(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk])
    while (this.#kept.length >= HEADER_BYTES && (this.#kept[0] ?? 0) >= 0x80) {
      const header = decodeHeader(this.#kept, 0)
      const end = HEADER_BYTES + header.bodyBytes
      if (this.#kept.length < end) break
      const frame = this.#kept.subarray(0, end)
      const reader = new Reader(frame, HEADER_BYTES, end)
      const prefix = decodePrefix(header.flags, reader)
      this.#answers.push({ header, prefix, body: frame.subarray(end - reader.remaining), frame })
      this.#kept = this.#kept.subarray(end)
    }
    this.#wake.resolve()
  }
}

/** The RESULT of an answer; an ERROR fails the test with its text. */
export function resultOf({ header, body }: RawAnswer): Result {
  if (header.opcode === Opcode.ERROR) throw new Error(errorOf({ header, body }).message)
  return result.decode(body, header.version as ProtocolVersion)
}

/** The ERROR of an answer. */
export function errorOf({ header, body }: Pick<RawAnswer, 'header' | 'body'>): ErrorMessage {
  if (header.opcode !== Opcode.ERROR) throw new Error(`opcode ${header.opcode} is no ERROR`)
  return error.decode(body, header.version as ProtocolVersion)
}

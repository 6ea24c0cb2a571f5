import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import {
  authResponse,
  type Batch,
  type BoundValue,
  batch,
  Consistency,
  decodeHeader,
  decodePrefix,
  type ErrorMessage,
  type Event,
  encodeRequest,
  error,
  event,
  execute,
  type FrameHeader,
  HEADER_BYTES,
  type MessageCodec,
  Opcode,
  opcodeName,
  type PreparedResult,
  type ProtocolVersion,
  prepare,
  type QueryParameters,
  query,
  Reader,
  type ResponsePrefix,
  type Result,
  type RowsResult,
  result,
  startup,
} from '@zdmkit/protocol'

/** A frame that came back. */
export interface Answer {
  readonly header: FrameHeader
  readonly prefix: ResponsePrefix
  /** The body after the prefix. */
  readonly body: Buffer
  readonly frame: Buffer
}

export interface RequestOptions {
  stream?: number
  flags?: number
  customPayload?: Record<string, Buffer | null>
}

export interface LoginOptions {
  version?: ProtocolVersion
  credentials?: { username: string; password: string }
  startupOptions?: Record<string, string>
}

const CONSISTENCY = Consistency.LOCAL_QUORUM

/**
 * A client that knows frames and nothing else: stream ids and bytes are the test's. Every answer must belong to a request that
 * waits on its stream, so a second answer is found when the client is disposed.
 */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket
  readonly version: ProtocolVersion
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>
  readonly events: Event[] = []
  /** Frames on streams where nothing waits. */
  readonly #unsolicited: Answer[] = []
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (cause: Error) => void }>()
  #unsolicitedWaiters: (() => void)[] = []
  #kept: Buffer[] = []
  #keptBytes = 0
  #needed: number = HEADER_BYTES
  #nextStream = 1
  #isClosed = false

  private constructor(socket: Socket, version: ProtocolVersion) {
    this.socket = socket
    this.version = version
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isClosed = true
        for (const { reject } of this.#waiting.values()) reject(new Error('the proxy closed the connection'))
        for (const wake of this.#unsolicitedWaiters) wake()
        resolve()
      })
    })
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  /** Connected, nothing sent. */
  static async connect(port: number, version: ProtocolVersion = 4): Promise<RawClient> {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket, version)
  }

  /** Connected, and logged in; a refusal of the login throws. */
  static async open(port: number, options: LoginOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(port, options.version)
    const answer = await client.logIn(options)
    if (answer.header.opcode === Opcode.ERROR) throw new Error(`login refused: ${errorOf(answer).message}`)
    return client
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Requests whose answer has not come. */
  get inFlight(): number {
    return this.#waiting.size
  }

  /** STARTUP and, when asked for, SASL PLAIN; the last answer. */
  async logIn({ credentials, startupOptions = {} }: LoginOptions = {}): Promise<Answer> {
    const answer = await this.ask(startup, { options: { CQL_VERSION: '3.0.0', ...startupOptions } })
    if (answer.header.opcode !== Opcode.AUTHENTICATE || !credentials) return answer
    return this.authenticate(`\0${credentials.username}\0${credentials.password}`)
  }

  async authenticate(token: string): Promise<Answer> {
    return this.ask(authResponse, { token: Buffer.from(token) })
  }

  /** Sends one message and gives the answer on its stream. */
  ask<T>(codec: MessageCodec<T>, message: T, options: RequestOptions = {}): Promise<Answer> {
    const stream = options.stream ?? this.#freeStream()
    return this.askFrame(encodeRequest(codec, message, { version: this.version, ...options, stream }))
  }

  query(text: string, parameters: Partial<QueryParameters> = {}, options?: RequestOptions): Promise<Answer> {
    return this.ask(query, { query: text, parameters: { consistency: CONSISTENCY, ...parameters } }, options)
  }

  prepare(text: string, options?: RequestOptions): Promise<Answer> {
    return this.ask(prepare, { query: text }, options)
  }

  /** The proxy's id of this text. */
  async prepareId(text: string): Promise<Buffer> {
    return preparedOf(await this.prepare(text)).id
  }

  execute(
    id: Buffer,
    values: BoundValue[] = [],
    parameters: Partial<QueryParameters> = {},
    options?: RequestOptions,
  ): Promise<Answer> {
    const message = {
      id,
      parameters: { consistency: CONSISTENCY, ...(values.length > 0 && { values }), ...parameters },
    }
    return this.ask(execute, message, options)
  }

  batch(statements: Batch['statements'], parts: Partial<Batch> = {}, options?: RequestOptions): Promise<Answer> {
    return this.ask(batch, { type: 0, statements, consistency: CONSISTENCY, ...parts }, options)
  }

  /** Writes bytes as they are; nothing is expected back. */
  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Sends a whole frame and gives the answer on its stream. */
  askFrame(frame: Buffer): Promise<Answer> {
    const answer = this.expect(frame.readInt16BE(2))
    this.write(frame)
    return answer
  }

  /** The next answer on this stream, of a request that is sent otherwise. */
  expect(stream: number): Promise<Answer> {
    if (this.#waiting.has(stream)) throw new Error(`a request waits on stream ${stream} already`)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    if (this.#isClosed) reject(new Error('the proxy closed the connection'))
    else this.#waiting.set(stream, { resolve, reject })
    // A test may end while it waits.
    promise.catch(() => {})
    return promise
  }

  /** The next frame on a stream where nothing waits, or null when the connection ends without one. */
  async unsolicited(): Promise<Answer | null> {
    for (;;) {
      const answer = this.#unsolicited.shift()
      if (answer) return answer
      if (this.#isClosed) return null
      await new Promise<void>((resolve) => this.#unsolicitedWaiters.push(resolve))
    }
  }

  /** Leaves what the proxy sends in the kernel. */
  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  async close(): Promise<void> {
    this.socket.destroy()
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    const [stray] = this.#unsolicited
    if (stray) {
      const { stream, opcode } = stray.header
      throw new Error(`an answer nobody waits for: ${opcodeName(opcode)} on stream ${stream}`)
    }
  }

  #freeStream(): number {
    do this.#nextStream = this.#nextStream >= 32767 ? 0 : this.#nextStream + 1
    while (this.#waiting.has(this.#nextStream))
    return this.#nextStream
  }

  #receive(chunk: Buffer): void {
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    if (this.#keptBytes < this.#needed) return
    const buffer = this.#kept.length === 1 ? chunk : Buffer.concat(this.#kept)
    let at = 0
    this.#needed = HEADER_BYTES
    while (buffer.length - at >= HEADER_BYTES) {
      const header = decodeHeader(buffer, at)
      const end = at + HEADER_BYTES + header.bodyBytes
      if (end > buffer.length) {
        this.#needed = HEADER_BYTES + header.bodyBytes
        break
      }
      this.#onFrame(header, buffer.subarray(at, end))
      at = end
    }
    const rest = buffer.subarray(at)
    this.#kept = rest.length > 0 ? [rest] : []
    this.#keptBytes = rest.length
  }

  #onFrame(header: FrameHeader, frame: Buffer): void {
    const reader = new Reader(frame, HEADER_BYTES, frame.length)
    const prefix = decodePrefix(header.flags, reader)
    const body = frame.subarray(frame.length - reader.remaining)
    if (header.opcode === Opcode.EVENT) {
      this.events.push(event.decode(body, this.version))
      return
    }
    const answer = { header, prefix, body, frame }
    const waiting = this.#waiting.get(header.stream)
    if (waiting) {
      this.#waiting.delete(header.stream)
      waiting.resolve(answer)
      return
    }
    this.#unsolicited.push(answer)
    const waiters = this.#unsolicitedWaiters
    this.#unsolicitedWaiters = []
    for (const wake of waiters) wake()
  }
}

/** The RESULT of an answer; an ERROR fails the test with its text. */
export function resultOf(answer: Answer): Result {
  const { header, body } = answer
  if (header.opcode === Opcode.ERROR) throw new Error(`an ERROR came: ${errorOf(answer).message}`)
  if (header.opcode !== Opcode.RESULT) throw new Error(`${opcodeName(header.opcode)} is no RESULT`)
  return result.decode(body, header.version as ProtocolVersion)
}

export function rowsOf(answer: Answer): RowsResult {
  const decoded = resultOf(answer)
  if (decoded.kind !== 'rows') throw new Error(`a RESULT of kind ${decoded.kind} has no rows`)
  return decoded
}

export function preparedOf(answer: Answer): PreparedResult {
  const decoded = resultOf(answer)
  if (decoded.kind !== 'prepared') throw new Error(`a RESULT of kind ${decoded.kind} has no prepared id`)
  return decoded
}

/** The ERROR of an answer. */
export function errorOf({ header, body }: Answer): ErrorMessage {
  if (header.opcode !== Opcode.ERROR) throw new Error(`${opcodeName(header.opcode)} is no ERROR`)
  return error.decode(body, header.version as ProtocolVersion)
}

import {
  BODY_BYTES_MAX,
  Consistency,
  type Event,
  encodeRequest,
  error,
  event,
  HEADER_BYTES,
  type MessageCodec,
  Opcode,
  opcodeName,
  type ProtocolVersion,
  type QueryParameters,
  query,
  type Result,
  result,
} from '@zdmkit/protocol'
import { Channel } from './channel.ts'
import { connectSocket } from './connect-socket.ts'
import { decodeAnswer } from './decode-answer.ts'
import { ServerError, TransportError } from './errors.ts'
import { exchange, type ResponseFrame } from './exchange.ts'
import { type Credentials, startUp } from './handshake.ts'
import { STREAM_IDS_MAX } from './stream-ids.ts'

const CONNECT_TIMEOUT_MS = 5000
/** A little more than the servers' own longest default (10 s for a range read), so that theirs is the answer seen. */
const REQUEST_TIMEOUT_MS = 12000

export interface CqlConnectionOptions {
  host: string
  port: number
  version?: ProtocolVersion
  credentials?: Credentials | undefined
  startupOptions?: Readonly<Record<string, string>>
  connectTimeoutMs?: number
  requestTimeoutMs?: number
  /** Gives the opening up; no longer heard once the connection is open. */
  signal?: AbortSignal
  /** Server events, once a REGISTER was sent. An event that cannot be read ends the connection. */
  onEvent?: (event: Event) => void
  /** Called once when the connection has ended; `null`: closed by us. */
  onClose?: (reason: TransportError | null) => void
}

/** One CQL connection for set-up work and tools: promises, decoded messages. */
export class CqlConnection implements AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly version: ProtocolVersion
  readonly #channel: Channel
  readonly #requestTimeoutMs: number

  private constructor(channel: Channel, options: CqlConnectionOptions) {
    this.#channel = channel
    this.host = options.host
    this.port = options.port
    this.version = channel.version as ProtocolVersion
    this.#requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  }

  /**
   * Connects, starts up and logs in.
   * @throws TRANSPORT_CONNECT_FAILED, TRANSPORT_AUTH_FAILED, TRANSPORT_PROTOCOL, TRANSPORT_TIMEOUT, TRANSPORT_CONNECTION_LOST
   */
  static async open(options: CqlConnectionOptions): Promise<CqlConnection> {
    const channel = await openChannel(options)
    return new CqlConnection(channel, options)
  }

  get inFlight(): number {
    return this.#channel.inFlight
  }

  get isClosed(): boolean {
    return this.#channel.isClosed
  }

  /**
   * Sends one message; an ERROR answer is a normal frame.
   * @throws TRANSPORT_TIMEOUT, TRANSPORT_CONNECTION_LOST, TRANSPORT_NO_STREAM_ID
   */
  request<T>(
    codec: MessageCodec<T>,
    message: T,
    options?: { timeoutMs?: number; flags?: number },
  ): Promise<ResponseFrame> {
    const frame = encodeRequest(codec, message, { version: this.version, stream: 0, flags: options?.flags ?? 0 })
    return exchange(this.#channel, frame, options?.timeoutMs ?? this.#requestTimeoutMs)
  }

  /**
   * Runs one simple statement, at LOCAL_ONE unless told.
   * @throws TRANSPORT_SERVER_ERROR (a {@link ServerError}) and what `request` throws
   */
  async query(cql: string, parameters?: Partial<QueryParameters>, options?: { timeoutMs?: number }): Promise<Result> {
    const message = { query: cql, parameters: { consistency: Consistency.LOCAL_ONE, ...parameters } }
    return decodeResult(await this.request(query, message, options), this.version, `${this.host}:${this.port}`)
  }

  close(): void {
    this.#channel.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

/**
 * The RESULT in a frame.
 * @throws TRANSPORT_SERVER_ERROR when it is an ERROR instead, TRANSPORT_PROTOCOL when it is neither, or cannot be read
 */
export function decodeResult(frame: ResponseFrame, version: ProtocolVersion, peer: string): Result {
  if (frame.opcode === Opcode.ERROR) {
    const { code, message } = decodeAnswer(error, frame, { version, peer })
    throw new ServerError(code, message, peer)
  }
  if (frame.opcode !== Opcode.RESULT) {
    throw new TransportError(
      'TRANSPORT_PROTOCOL',
      `${peer} answered with ${opcodeName(frame.opcode)} where RESULT was expected`,
    )
  }
  return decodeAnswer(result, frame, { version, peer })
}

/** A connected, logged-in {@link Channel}; throws what {@link CqlConnection.open} does. */
export async function openChannel(options: CqlConnectionOptions): Promise<Channel> {
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
  const version = options.version ?? 4
  let channel: Channel | null = null
  const socket = await connectSocket({
    host: options.host,
    port: options.port,
    timeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
    onData: (chunk) => channel?.receive(chunk),
  })
  const opened = new Channel(socket, {
    version,
    inFlightMax: STREAM_IDS_MAX,
    bodyBytesMax: BODY_BYTES_MAX,
    onEvent: (buffer, start, end) => {
      const message = options.onEvent ? readEvent(opened, buffer, start, end) : null
      if (message !== null) options.onEvent?.(message)
    },
    onClose: (reason) => options.onClose?.(reason),
  })
  channel = opened
  const { signal } = options
  const onAbort = (): void => {
    const reason = `${opened.peer}: given up during the handshake`
    opened.close(new TransportError('TRANSPORT_CONNECT_FAILED', reason, { cause: signal?.reason }))
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await startUp(opened, { startupOptions: options.startupOptions ?? {}, credentials: options.credentials, timeoutMs })
  } catch (cause) {
    opened.close()
    throw cause
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  return opened
}

/** The event in a frame; `null` when it cannot be read, and then the connection has ended, because events would be missed. */
function readEvent(channel: Channel, buffer: Buffer, start: number, end: number): Event | null {
  const body = Buffer.from(buffer.subarray(start + HEADER_BYTES, end))
  const { peer, version } = channel
  try {
    const frame = { flags: buffer[start + 1] as number, body }
    return decodeAnswer(event, frame, { version: version as ProtocolVersion, peer })
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause
    channel.close(cause)
    return null
  }
}

// HOT PATH: one call of `reserve`, `send` and `#onFrame` per request; nothing is allocated per frame.

import type { Socket } from 'node:net'
import { TransportError, type TransportErrorCode } from './errors.ts'
import { Framer } from './framer.ts'
import { Gatherer } from './gatherer.ts'
import { STREAM_IDS_MAX, StreamIds } from './stream-ids.ts'

/** The stream of frames that no request asked for (native protocol v4, section 2.3). */
const EVENT_STREAM = 0xffff
/**
 * Servers answer what they cannot decode (a foreign paging state, for one) on this stream instead of the request's own. No
 * request of ours has it, so that such an error is never taken for the answer to somebody else's request.
 */
const STRAY_STREAM = 0
/** A server that takes no more bytes holds a closed connection open for this long at most. */
const CLOSE_LINGER_MS = 1000

/** Who waits for the answer on one stream of a {@link Channel}. */
export interface ResponseSink {
  /**
   * The answer, header included, in `buffer[start, end)`: valid only during the call. Called once for each stream that was
   * sent, unless `onLost` is. The stream is free again when the call begins.
   */
  onResponse(channel: Channel, buffer: Buffer, start: number, end: number): void
  /** The connection ended first: whether the server acted on the request is unknown. */
  onLost(channel: Channel, error: TransportError): void
  /** The request holds bytes that only the server can check: an error on stream 0 may be meant for it. */
  readonly isSuspect?: boolean
}

export interface ChannelOptions {
  /** Only frames with this version are accepted. */
  version: number
  /** Most requests at a time; at most 32,767, stream 0 being kept free. */
  inFlightMax: number
  bodyBytesMax: number
  /** A frame on stream -1. Bytes as in {@link ResponseSink.onResponse}. */
  onEvent?: (buffer: Buffer, start: number, end: number) => void
  /** An answer on stream 0, before it is given to the one request that it can be meant for, if there is one. */
  onStray?: (buffer: Buffer, start: number, end: number) => void
  /** Called once when the connection has ended, after every sink heard `onLost`. `null`: closed by us. */
  onClose?: (error: TransportError | null) => void
}

/** Reserved streams are filled with this until `send`, abandoned ones until their late answer is read. */
const SILENT: ResponseSink = { onResponse() {}, onLost() {} }

/**
 * The requests in flight on one connection to a server: stream ids, who waits on each, frames out gathered per turn, frames in
 * handed to whoever waits. Knows nothing of what the frames say.
 */
export class Channel {
  readonly version: number
  readonly socket: Socket
  readonly #ids: StreamIds
  /** By stream; grows with the ids in use. */
  readonly #sinks: (ResponseSink | null)[] = []
  readonly #out: Gatherer
  readonly #framer: Framer
  readonly #options: ChannelOptions
  #abandoned = 0
  #isClosed = false
  #closeError: TransportError | null = null
  #peer: string

  /** `socket` is connected; its data comes through `receive` (see `connectSocket`). */
  constructor(socket: Socket, options: ChannelOptions) {
    this.socket = socket
    this.version = options.version
    this.#options = options
    // Stream n has id n - 1; the last id would be stream 0x8000, which is negative on the wire.
    this.#ids = new StreamIds(Math.min(options.inFlightMax, STREAM_IDS_MAX - 1))
    this.#out = new Gatherer(socket)
    this.#peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    const responseVersion = 0x80 | options.version
    this.#framer = new Framer(
      {
        onFrame: (buffer, start, end) => this.#onFrame(buffer, start, end),
        acceptsVersion: (byte) => byte === responseVersion,
        onMalformed: (reason, buffer, start) => this.#onMalformed(reason, buffer, start),
      },
      options.bodyBytesMax,
      true,
    )
    socket.once('error', (cause) => this.#fail(`connection to ${this.#peer} failed: ${cause.message}`, cause))
    socket.once('end', () => this.#fail(`connection to ${this.#peer} was closed by the server`))
    socket.once('close', () => this.#fail(`connection to ${this.#peer} was closed`))
  }

  /** `address:port` of the other side. */
  get peer(): string {
    return this.#peer
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Streams taken: requests in flight and abandoned ones. */
  get inFlight(): number {
    return this.#ids.taken
  }

  /** Streams whose request was given up, or answered on stream 0, and whose own answer has not come. */
  get abandoned(): number {
    return this.#abandoned
  }

  /** Bytes gathered for the server that the kernel has not taken. */
  get pendingBytes(): number {
    return this.#out.pendingBytes
  }

  /** Bytes off the socket; `chunk` may be reused by the caller afterwards. */
  receive(chunk: Buffer): void {
    this.#framer.push(chunk)
  }

  /** Takes a stream id, or -1 when none is free or the connection has ended. Must be followed by `send` or `release`. */
  reserve(): number {
    if (this.#isClosed) return -1
    const id = this.#ids.take()
    if (id < 0) return -1
    const stream = id + 1
    this.#sinks[stream] = SILENT
    return stream
  }

  /** Gives back a reserved stream on which nothing was sent. */
  release(stream: number): void {
    this.#sinks[stream] = null
    this.#ids.give(stream - 1)
  }

  /** Sends the frame in `source[start, end)` with the reserved `stream` in place of its own; the bytes are copied at once. */
  send(stream: number, sink: ResponseSink, source: Buffer, start: number, end: number): void {
    this.#sinks[stream] = sink
    this.#out.append(source, start, end, stream)
  }

  /** Overwrites bytes of the frame sent last, before the turn ends; `offset` from its first header byte. */
  patchSent(offset: number, bytes: Uint8Array): void {
    this.#out.patchLast(offset, bytes)
  }

  /** Nobody waits on `stream` any more. The id stays taken until its late answer has been read. */
  abandon(stream: number): void {
    this.#sinks[stream] = SILENT
    this.#abandoned++
  }

  /** Writes what is gathered and closes; requests in flight hear `onLost`. What the server does not take soon is dropped. */
  close(error: TransportError | null = null): void {
    if (this.#isClosed) return
    this.#closeError = error
    if (!this.socket.destroyed) this.#out.flush()
    this.#end(error ?? new TransportError('TRANSPORT_CONNECTION_LOST', `connection to ${this.#peer} was closed by us`))
    this.socket.setTimeout(CLOSE_LINGER_MS, () => this.socket.destroy())
    this.socket.destroySoon()
  }

  #onFrame(buffer: Buffer, start: number, end: number): void {
    const stream = ((buffer[start + 2] as number) << 8) | (buffer[start + 3] as number)
    if (stream === EVENT_STREAM) {
      this.#options.onEvent?.(buffer, start, end)
      return
    }
    if (stream === STRAY_STREAM) {
      this.#onStray(buffer, start, end)
      return
    }
    const sink = stream < this.#sinks.length ? this.#sinks[stream] : null
    if (!sink) {
      // Whose answer this is cannot be known, so no later answer on this connection can be trusted either.
      this.#fail(`connection to ${this.#peer}: answer on stream ${stream}, where no request is in flight`)
      return
    }
    this.#sinks[stream as number] = null
    this.#ids.give(stream - 1)
    if (sink === SILENT) this.#abandoned--
    sink.onResponse(this, buffer, start, end)
  }

  /** Gives an answer on stream 0 to the one request that it can be meant for; where there are several, they time out or not. */
  #onStray(buffer: Buffer, start: number, end: number): void {
    const waiting: number[] = []
    const suspects: number[] = []
    for (let stream = 1; stream < this.#sinks.length; stream++) {
      const sink = this.#sinks[stream]
      if (!sink || sink === SILENT) continue
      waiting.push(stream)
      if (sink.isSuspect) suspects.push(stream)
    }
    // Without a suspect it is meant for the only request there is, as in a handshake, or for one that was given up.
    const candidates = suspects.length > 0 ? suspects : this.#abandoned === 0 ? waiting : []
    const [stream] = candidates
    this.#options.onStray?.(buffer, start, end)
    if (stream === undefined || candidates.length > 1) return
    const sink = this.#sinks[stream]
    // Should it have been meant for another one after all, the request's own answer is still due: nobody may get the stream yet.
    this.abandon(stream)
    sink?.onResponse(this, buffer, start, end)
  }

  #onMalformed(reason: 'version' | 'length', buffer: Buffer, start: number): void {
    const sent = `connection to ${this.#peer}: the server sent`
    if (reason === 'length') {
      this.#fail(`${sent} a frame longer than ${this.#options.bodyBytesMax} bytes`)
      return
    }
    // The first frame shows it: a server that does not speak this version answers in its own.
    const byte = (buffer[start] ?? 0).toString(16).padStart(2, '0')
    const what = `a frame with version byte 0x${byte} on a connection of version ${this.version}`
    this.#fail(`${sent} ${what}`, undefined, 'TRANSPORT_PROTOCOL')
  }

  #fail(message: string, cause?: unknown, code: TransportErrorCode = 'TRANSPORT_CONNECTION_LOST'): void {
    if (this.#isClosed) return
    const error = new TransportError(code, message, { cause })
    this.#closeError = error
    this.#end(error)
    this.socket.destroy()
  }

  #end(error: TransportError): void {
    this.#isClosed = true
    this.#framer.stop()
    for (let stream = 0; stream < this.#sinks.length; stream++) {
      const sink = this.#sinks[stream]
      if (!sink) continue
      this.#sinks[stream] = null
      sink.onLost(this, error)
    }
    this.#options.onClose?.(this.#closeError)
  }
}

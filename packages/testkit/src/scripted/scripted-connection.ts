import type { Socket } from 'node:net'
import {
  decodeHeader,
  type Event,
  encodeResponse,
  event,
  type FrameHeader,
  HEADER_BYTES,
  type ProtocolVersion,
} from '@zdmkit/protocol'

/** What the server does with a connection's frames. */
export interface FrameSink {
  /** Called for each whole frame, in order. The bytes are the sink's. */
  onFrame(connection: ScriptedConnection, header: FrameHeader, frame: Buffer): void
  /** Called once, for a header that cannot be believed; nothing more is read. */
  onMalformed(connection: ScriptedConnection, error: unknown): void
  onClose(connection: ScriptedConnection): void
}

/** One client connection of a scripted server, and what it has agreed on. */
export class ScriptedConnection {
  /** From 1, in the order of opening. */
  readonly number: number
  readonly remotePort: number
  /** `new` until STARTUP, `ready` when statements may come. */
  stage: 'new' | 'authenticating' | 'ready' = 'new'
  /** That of STARTUP. */
  version: ProtocolVersion | null = null
  startupOptions: Readonly<Record<string, string>> = {}
  /** Set by USE. */
  keyspace: string | null = null
  /** The tokens of its AUTH_RESPONSEs. */
  readonly authTokens: Buffer[] = []
  readonly eventTypes: Set<string> = new Set()
  /** Stream ids of requests that have no answer yet. */
  readonly inFlight: Set<number> = new Set()
  readonly #socket: Socket
  readonly #sink: FrameSink
  #kept: Buffer = Buffer.alloc(0)
  #isDeaf = false

  constructor(number: number, socket: Socket, sink: FrameSink) {
    this.number = number
    this.remotePort = socket.remotePort ?? 0
    this.#socket = socket
    this.#sink = sink
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    // A peer that resets is a normal end here.
    socket.on('error', () => {})
    socket.on('close', () => sink.onClose(this))
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  /** Bytes that are written and that the client has not taken off our hands. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  /** Writes bytes as they are. */
  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes)
  }

  /** Sends an event, registered for or not. */
  sendEvent(message: Event): void {
    this.send(encodeResponse(event, message, { version: this.version ?? 4, stream: -1 }))
  }

  /** Ends it after what is written (FIN). */
  close(): void {
    this.#socket.end()
  }

  /** Tears it down (RST). */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** Reads nothing until {@link ScriptedConnection.resumeReading}: the client's writes pile up on its side. */
  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  /** Drops all that arrives from now on. */
  ignoreInput(): void {
    this.#isDeaf = true
  }

  // Not made for speed: it copies the kept bytes with each chunk.
  #receive(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk])
    while (!this.#isDeaf && this.#kept.length >= HEADER_BYTES) {
      let header: FrameHeader
      try {
        header = decodeHeader(this.#kept, 0)
      } catch (error) {
        this.#isDeaf = true
        this.#sink.onMalformed(this, error)
        return
      }
      const end = HEADER_BYTES + header.bodyBytes
      if (this.#kept.length < end) return
      const frame = Buffer.from(this.#kept.subarray(0, end))
      this.#kept = this.#kept.subarray(end)
      this.#sink.onFrame(this, header, frame)
    }
  }
}

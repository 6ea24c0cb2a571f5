import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import {
  decodeHeader,
  encodeResponse,
  type FrameHeader,
  HEADER_BYTES,
  type MessageCodec,
  type ProtocolVersion,
} from '@zdmkit/protocol'
import { Arrivals } from './arrivals.ts'

/** A request as it came, with its body. */
export interface ReceivedFrame {
  header: FrameHeader
  body: Buffer
}

/** The server's end of one connection. Answers nothing by itself. */
export class RawPeer {
  readonly socket: Socket
  readonly #frames = new Arrivals<ReceivedFrame>()
  #parts: Buffer[] = []
  #have = 0
  #need: number = HEADER_BYTES
  /** When the connection is over. */
  readonly closed: Promise<void>

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#onData(chunk))
  }

  /** The next request, in the order of the wire. */
  next(): Promise<ReceivedFrame> {
    return this.#frames.next()
  }

  /** Requests that came and were not taken by `next`. */
  get unread(): readonly ReceivedFrame[] {
    return this.#frames.left
  }

  /** Answers `request`, on its stream and in its version. */
  reply<T>(request: ReceivedFrame, codec: MessageCodec<T>, message: T): void {
    const { stream, version } = request.header
    this.socket.write(encodeResponse(codec, message, { version: version as ProtocolVersion, stream }))
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  #onData(chunk: Buffer): void {
    this.#parts.push(chunk)
    this.#have += chunk.length
    while (this.#have >= this.#need) {
      const bytes = Buffer.concat(this.#parts)
      const header = decodeHeader(bytes)
      const end = HEADER_BYTES + header.bodyBytes
      this.#need = end
      if (bytes.length >= end) {
        this.#frames.add({ header, body: bytes.subarray(HEADER_BYTES, end) })
        this.#need = HEADER_BYTES
      }
      this.#parts = [bytes.length >= end ? bytes.subarray(end) : bytes]
      this.#have = this.#parts[0]?.length ?? 0
    }
  }
}

/** A server on a free port of loopback whose every byte the test sends. */
export class RawServer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #peers: RawPeer[] = []
  readonly #accepted = new Arrivals<RawPeer>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => {
      const peer = new RawPeer(socket)
      this.#peers.push(peer)
      this.#accepted.add(peer)
    })
  }

  static async start(): Promise<RawServer> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new RawServer(server)
  }

  /** The next connection, in the order of their arrival. */
  accepted(): Promise<RawPeer> {
    return this.#accepted.next()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#peers) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

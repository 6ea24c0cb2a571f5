import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { BODY_BYTES_MAX, decodeHeader, encodeResponse, Opcode, type ProtocolVersion, result } from '@zdmkit/protocol'
import { Framer } from '@zdmkit/transport'
import { HeldRequest } from './held-request.ts'
import { type PreparedTexts, preparedId, type RelayedRequest, textOf } from './relayed-request.ts'

/** Which request is meant. */
export type RelayMatcher = (request: RelayedRequest) => boolean

type Rule =
  | {
      readonly kind: 'swallow'
      readonly matches: RelayMatcher
      readonly swallowed: PromiseWithResolvers<RelayedRequest>
    }
  | { readonly kind: 'hold'; readonly matches: RelayMatcher; readonly held: HeldRequest }

/** Where frames go on to. */
export interface RelayAddress {
  readonly host: string
  readonly port: number
}

const HOST = '127.0.0.1'

/**
 * Stands between a client and a server of CQL v3/v4 and passes every frame on, except the ones that a test names: it can
 * swallow a request and answer it as done, or hold it on the wire. Requests after a held one overtake it.
 */
export class FrameRelay implements AsyncDisposable {
  readonly host: string = HOST
  readonly port: number
  readonly #to: RelayAddress
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #prepared: PreparedTexts = new Map()
  readonly #rules = new Set<Rule>()
  #connectionCount = 0

  private constructor(server: Server, to: RelayAddress) {
    this.#server = server
    this.#to = to
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#accept(client))
  }

  /** Listens on a free loopback port. */
  static async start(to: RelayAddress): Promise<FrameRelay> {
    const server = createServer({ noDelay: true })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen(0, HOST, resolve)
    await promise
    return new FrameRelay(server, to)
  }

  /**
   * The next request that fits is not passed on, and answered with VOID as if it had been. Resolves with it when that has
   * happened.
   */
  swallow(matches: RelayMatcher): Promise<RelayedRequest> {
    const swallowed = Promise.withResolvers<RelayedRequest>()
    this.#rules.add({ kind: 'swallow', matches, swallowed })
    return swallowed.promise
  }

  /** The next request that fits waits here until it is released. */
  hold(matches: RelayMatcher): HeldRequest {
    const held = new HeldRequest()
    this.#rules.add({ kind: 'hold', matches, held })
    return held
  }

  /** Closes all connections and listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const socket of this.#sockets) socket.destroy()
    await promise
  }

  #accept(client: Socket): void {
    const connection = ++this.#connectionCount
    const server = connect({ ...this.#to, noDelay: true })
    /** Texts of PREPAREs under way, by stream. */
    const preparing = new Map<number, string>()
    const requests = framer((frame) => {
      const header = decodeHeader(frame, 0)
      const text = textOf(frame, header, this.#prepared)
      if (header.opcode === Opcode.PREPARE && text !== null) preparing.set(header.stream, text)
      this.#pass({ connection, header, frame, text }, client, server)
    })
    const responses = framer((frame) => {
      const header = decodeHeader(frame, 0)
      const text = preparing.get(header.stream)
      if (text !== undefined) {
        const id = preparedId(frame, header)
        if (id !== null) this.#prepared.set(id, text)
        preparing.delete(header.stream)
      }
      send(server, client, frame)
    })
    this.#tie(client, server, requests)
    this.#tie(server, client, responses)
  }

  #pass(request: RelayedRequest, client: Socket, server: Socket): void {
    const rule = [...this.#rules].find(({ matches }) => matches(request))
    if (rule === undefined) return send(client, server, request.frame)
    this.#rules.delete(rule)
    if (rule.kind === 'swallow') {
      const { version, stream } = request.header
      send(server, client, encodeResponse(result, { kind: 'void' }, { version: version as ProtocolVersion, stream }))
      rule.swallowed.resolve(request)
    } else void rule.held.enter(request).then(() => send(client, server, request.frame))
  }

  /** What comes from one side goes through the framer; when the one ends, so does the other. */
  #tie(from: Socket, to: Socket, frames: Framer): void {
    this.#sockets.add(from)
    from.on('data', (chunk: Buffer) => frames.push(chunk))
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}

function framer(onFrame: (frame: Buffer) => void): Framer {
  return new Framer(
    {
      onFrame: (buffer, start, end) => onFrame(buffer.subarray(start, end)),
      // Whoever speaks another version is answered by the server itself, in frames of the versions we know.
      acceptsVersion: () => true,
      onMalformed: () => {},
    },
    BODY_BYTES_MAX,
    false,
  )
}

/** A side that does not read keeps the other from sending. */
function send(from: Socket, to: Socket, frame: Buffer): void {
  if (to.destroyed || to.write(frame)) return
  from.pause()
  to.once('drain', () => from.resume())
}

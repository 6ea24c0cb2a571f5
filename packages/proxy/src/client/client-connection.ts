// HOT PATH: `#onFrame`, `answerFrom`. One copy of each answer, into the gatherer; no allocation per frame.

import type { Socket } from 'node:net'
import { BODY_BYTES_MAX, ErrorCode, type Event, encodeResponse, event, ProtocolVersion } from '@zdmkit/protocol'
import { Framer, Gatherer } from '@zdmkit/transport'
import { highestVersion, versionRefusal } from '../control/control-connection.ts'
import type { Group } from '../group/group.ts'
import { Login } from '../login/login.ts'
import type { ProxyContext } from '../proxy-context.ts'
import { answerRequest, requestErrorFrame } from '../settle/answer.ts'
import { errorFrame } from '../settle/error-frame.ts'
import { type Request, RequestKind } from '../settle/request.ts'
import type { Side } from '../side.ts'
import { dispatch } from './dispatch.ts'
import { tagPagingState } from './paging-tag.ts'

/** First bytes that a CQL client of any version known today may send; anything else is not CQL and gets no answer. */
const REQUEST_VERSIONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 0x41, 0x42])

/** Longest body of a frame from a client that nobody knows yet: STARTUP and tokens are short, and many such clients could fill the memory. */
const LOGIN_BODY_BYTES_MAX = 1024 * 1024

/** A client that takes no more bytes holds its closed connection, and the end of the proxy, up for this long at most. */
const CLOSE_LINGER_MS = 1000

/** One application connection: its frames go to `dispatch` once it is logged in, its answers come back through `answer…`. */
export class ClientConnection {
  readonly context: ProxyContext
  readonly socket: Socket
  /** `address:port`, for logs. */
  readonly peer: string
  /** Picks the same shared connection each time, which keeps the order of one client's requests. */
  readonly slot: number
  /** Protocol version of its first frame; 0 before. */
  version = 0
  /** Its shared cluster connections; `null` until it is logged in. */
  group: Group | null = null
  /** Event types it registered for. */
  readonly eventTypes: Set<string> = new Set()
  readonly login: Login
  inFlight = 0
  /** Monotonic ms when it was accepted. */
  readonly sinceMs: number
  readonly #out: Gatherer
  readonly #framer: Framer
  #isReady = false
  /** Answers pile up. */
  #isPaused = false
  /** A step runs that later frames wait for. */
  #isBusy = false
  #isClosed = false

  constructor(context: ProxyContext, socket: Socket, slot: number) {
    this.context = context
    this.socket = socket
    this.slot = slot
    this.sinceMs = performance.now()
    this.peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    this.login = new Login(this)
    this.#out = new Gatherer(socket)
    this.#framer = new Framer(
      {
        onFrame: (buffer, start, end) => this.#onFrame(buffer, start, end),
        acceptsVersion: (byte) => (this.version === 0 ? byte === 3 || byte === 4 : byte === this.version),
        onMalformed: (reason, buffer, start) => this.#onMalformed(reason, buffer, start),
      },
      LOGIN_BODY_BYTES_MAX,
      false,
    )
    socket.on('data', (chunk: Buffer) => {
      context.nowMs = performance.now()
      this.#guarded(() => this.#framer.push(chunk))
    })
    socket.on('drain', () => this.#onDrain())
    socket.on('error', () => this.close())
    socket.on('end', () => this.close())
    socket.on('close', () => this.close())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isLoggedIn(): boolean {
    return this.#isReady
  }

  /**
   * Runs a step that must end before the client's next frame is looked at: a login, a change of keyspace. It counts as a request
   * in flight. Never rejects.
   */
  during(step: () => Promise<void>): void {
    this.#isBusy = true
    this.inFlight++
    this.#hold()
    void step().finally(() => {
      this.#isBusy = false
      this.inFlight--
      this.#resume()
    })
  }

  /** From now on its requests go through `group`. */
  enter(group: Group): void {
    if (this.#isClosed) return
    this.group?.leave(this)
    this.group = group
    group.join(this)
    this.#isReady = true
    this.#framer.bodyBytesMax = BODY_BYTES_MAX
  }

  /** Sends a frame that answers no forwarded request. */
  send(frame: Buffer): void {
    if (this.#isClosed) return
    this.#out.append(frame, 0, frame.length, -1)
    this.#bound()
  }

  sendError(stream: number, code: number, message: string): void {
    this.send(errorFrame(this.version || ProtocolVersion.V4, stream, code, message))
  }

  /** The last frame before the connection ends. */
  sendLast(frame: Buffer): void {
    this.send(frame)
    this.#out.flush()
    this.close()
  }

  sendEvent(message: Event): void {
    // Functions and aggregates have no form in v3 (native protocol v3, section 4.2.6).
    if (this.version === 3 && message.kind === 'schema_change' && 'argumentTypes' in message.change) return
    this.send(encodeResponse(event, message, { version: this.version as ProtocolVersion, stream: -1 }))
  }

  /** Answers `request` with the cluster's frame in `buffer[start, end)`, which is copied at once. */
  answerFrom(request: Request, side: Side, buffer: Buffer, start: number, end: number, isError: boolean): void {
    if (!this.#finish(request)) return
    if (isError && request.kind === RequestKind.READ) this.context.metrics.failedReads[side].inc()
    request.dualRead?.onPrimary(buffer, start, end)
    if (this.#isClosed) return
    const tagged = tagPagingState(buffer, start, end, side)
    if (tagged === null) this.#out.append(buffer, start, end, request.stream)
    else this.#out.append(tagged, 0, tagged.length, request.stream)
    this.#bound()
  }

  /** No cluster is waited for any more. */
  settle(request: Request): void {
    answerRequest(request)
  }

  /** Answers `request` with an error of the proxy's making. */
  answerError(request: Request, code: number, message: string): void {
    if (!this.#finish(request)) return
    request.dualRead?.cancel()
    this.send(requestErrorFrame(request, code, message))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#framer.stop()
    this.login.cancel()
    this.group?.leave(this)
    this.context.clients.delete(this)
    // Answers of this turn would come after the end.
    if (!this.socket.destroyed) this.#out.flush()
    this.socket.setTimeout(CLOSE_LINGER_MS, () => this.socket.destroy())
    this.socket.destroySoon()
  }

  #finish(request: Request): boolean {
    if (request.isAnswered) return false
    request.isAnswered = true
    this.inFlight--
    request.generation.inFlight--
    this.context.deadlines.remove(request)
    this.context.metrics.finished(request, this.context.nowMs)
    return true
  }

  #onFrame(buffer: Buffer, start: number, end: number): void {
    if (this.#isReady) {
      dispatch(this, buffer, start, end)
      return
    }
    this.version = buffer[start] as number
    this.login.onFrame(buffer, start, end)
  }

  /** A defect met by one client's frame ends that client, not the others. What it has in flight is answered into the void. */
  #guarded(step: () => void): void {
    try {
      step()
    } catch (cause) {
      this.context.log.error('client-failed', { client: this.peer, error: cause })
      this.socket.destroy()
      this.close()
    }
  }

  #onMalformed(reason: 'version' | 'length', buffer: Buffer, start: number): void {
    const { log } = this.context
    const first = buffer[start] ?? 0
    if (reason === 'length') {
      const bytes = buffer.readUInt32BE(start + 5)
      const bytesMax = this.#framer.bodyBytesMax
      log.warn('client-frame-too-large', { client: this.peer, bytes, bytesMax })
      const text = `frame body of ${bytes} bytes exceeds the maximum of ${bytesMax} bytes${this.#isReady ? '' : ' before the login'}`
      this.sendLast(errorFrame(this.version || first, 0, ErrorCode.PROTOCOL_ERROR, text))
      return
    }
    if (!REQUEST_VERSIONS.has(first)) {
      log.warn('client-not-cql', { client: this.peer, firstByte: first })
      this.socket.destroy()
      this.close()
      return
    }
    const highest = highestVersion(this.context.controls)
    log.info('client-version-refused', { client: this.peer, version: first, highest })
    // gocql wants stream 0 here, and every driver reads the supported versions from the header or the text.
    const text =
      this.version === 0
        ? versionRefusal(first, highest)
        : `Invalid message version. Got ${first} but earlier messages had ${this.version}`
    this.sendLast(errorFrame(this.version || highest, 0, ErrorCode.PROTOCOL_ERROR, text))
  }

  /** Two bounds on answers that the client does not take: at the first it is no longer read, at the second it is closed. */
  #bound(): void {
    const pending = this.#out.pendingBytes
    const { clientPauseBytes, clientCloseBytes } = this.context.options
    if (pending < clientPauseBytes) return
    if (pending > clientCloseBytes) {
      this.context.log.warn('client-too-slow', { client: this.peer, pendingBytes: pending, bytesMax: clientCloseBytes })
      this.socket.destroy()
      this.close()
    } else if (!this.#isPaused) {
      this.#isPaused = true
      this.#hold()
    }
  }

  #onDrain(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#resume()
  }

  #hold(): void {
    this.#framer.hold()
    this.socket.pause()
  }

  #resume(): void {
    if (this.#isClosed || this.#isPaused || this.#isBusy) return
    this.context.nowMs = performance.now()
    this.socket.resume()
    this.#guarded(() => this.#framer.resume())
  }
}

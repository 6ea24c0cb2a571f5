import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import {
  ErrorCode,
  type Event,
  type FrameHeader,
  HeaderFlag,
  isSupportedVersion,
  type ProtocolVersion,
} from '@zdmkit/protocol'
import { TestkitError } from '../errors.ts'
import {
  answerByDefault,
  type DefaultContext,
  findUnprepared,
  type ScriptedAuth,
  versionNames,
} from './default-answers.ts'
import { Gate } from './gate.ts'
import { type PagesOptions, servePages } from './pages.ts'
import { PreparedTable } from './prepared-table.ts'
import { encodeReply, type FrameReply, type PreparedDescription, type Reply, reply } from './reply.ts'
import {
  decodeRequest,
  matches,
  type ReceivedRequest,
  type RequestMatcher,
  type RequestOf,
  type RequestType,
} from './request.ts'
import { ScriptedConnection } from './scripted-connection.ts'
import { nextSequence } from './sequence.ts'
import { type ScriptedPeer, uuidOf } from './system-tables.ts'

/** What a server is before a test scripts it. */
export interface ScriptedServerOptions {
  /** In its requests and prepared ids; default `scripted`. */
  name?: string
  /** A loopback address; default 127.0.0.1. */
  host?: string
  /** Default: a free one. */
  port?: number
  /** The highest protocol version; default 4. */
  version?: ProtocolVersion
  /** Default: no authentication. */
  auth?: ScriptedAuth
  /** The class name in AUTHENTICATE; default that of Cassandra's PasswordAuthenticator. */
  authenticator?: string
  /** Tokens of AUTH_CHALLENGE: one more round for each before `auth` judges. */
  challenges?: readonly Buffer[]
  /** Default `datacenter1`. */
  dataCenter?: string
  /** Default `rack1`. */
  rack?: string
  /** Default `Scripted Cluster`. */
  clusterName?: string
  /** Default `4.0.18`; system tables are those of its line. */
  releaseVersion?: string
  /** The other nodes in `system.peers`; default none. */
  peers?: readonly ScriptedPeer[]
  tokens?: readonly string[]
  /** The only keyspaces that USE knows; default: it knows all. */
  keyspaces?: readonly string[]
}

/** An answer, or what makes one; `undefined` leaves it to what comes next (primes, then defaults). */
export type ReplySource<R extends ReceivedRequest = ReceivedRequest> =
  | Reply
  | ((request: R, next: () => Reply | Promise<Reply>) => Reply | undefined | Promise<Reply | undefined>)

/** One prime; the later ones win. */
export interface Prime {
  /** The requests that it answered. */
  readonly requests: readonly ReceivedRequest[]
  remove(): void
}

/** A frame that a real server would not take. */
export interface Violation {
  connection: number
  /** What is wrong with it. */
  problem: string
}

/**
 * A CQL server in this process whose every answer a test can write. Unscripted it behaves like a small, empty Cassandra:
 * real drivers connect to it. A request is held by gates, then answered by the handler of its type, else by a prime,
 * else by default.
 */
export class ScriptedServer implements AsyncDisposable {
  readonly name: string
  readonly host: string
  readonly port: number
  /** All requests so far, in the order of their coming. */
  readonly requests: ReceivedRequest[] = []
  /** What clients did against the protocol; a test of ours ends with none. */
  readonly violations: Violation[] = []
  readonly #server: Server
  readonly #version: ProtocolVersion
  readonly #context: DefaultContext
  readonly #connections: ScriptedConnection[] = []
  readonly #handlers = new Map<RequestType, ReplySource>()
  readonly #primes: { matcher: RequestMatcher; source: ReplySource; left: number; requests: ReceivedRequest[] }[] = []
  readonly #holds: { matcher: RequestMatcher; gate: Gate }[] = []
  readonly #waiting: {
    matcher: RequestMatcher
    count: number
    resolve: (found: ReceivedRequest[]) => void
    reject: (error: unknown) => void
  }[] = []
  #opened = 0
  #isStopped = false

  private constructor(server: Server, options: ScriptedServerOptions) {
    const { name = 'scripted', version = 4 } = options
    const address = server.address() as AddressInfo
    this.name = name
    this.host = address.address
    this.port = address.port
    this.#server = server
    this.#version = version
    this.#context = {
      description: {
        host: this.host,
        port: this.port,
        clusterName: options.clusterName ?? 'Scripted Cluster',
        dataCenter: options.dataCenter ?? 'datacenter1',
        rack: options.rack ?? 'rack1',
        releaseVersion: options.releaseVersion ?? '4.0.18',
        hostId: uuidOf(`${name}/${this.host}`),
        tokens: options.tokens ?? ['-9223372036854775807'],
        version,
        peers: options.peers ?? [],
        keyspaces: options.keyspaces ?? [],
      },
      prepared: new PreparedTable(name),
      auth: options.auth ?? null,
      authenticator: options.authenticator ?? 'org.apache.cassandra.auth.PasswordAuthenticator',
      challenges: options.challenges ?? [],
      keyspaces: options.keyspaces ?? null,
    }
    server.on('connection', (socket) => this.#accept(socket))
  }

  /** Listens on a free loopback port, unless another one is given. */
  static async start(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const server = createServer({ noDelay: true })
    server.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 })
    await once(server, 'listening')
    return new ScriptedServer(server, options)
  }

  /** Open connections, oldest first. */
  get connections(): readonly ScriptedConnection[] {
    return this.#connections
  }

  /** Answers all requests of a type; the last handler counts. `next()` gives what would be answered without it. */
  on<K extends RequestType>(type: K, source: ReplySource<Extract<ReceivedRequest, RequestOf<K>>>): void {
    this.#handlers.set(type, source as ReplySource)
  }

  /** Answers the statements that fit (QUERY, EXECUTE by the text it was prepared with, BATCH), `times` times or always. */
  prime(
    matcher: RequestMatcher,
    source: ReplySource,
    { times = Number.POSITIVE_INFINITY }: { times?: number } = {},
  ): Prime {
    const prime = { matcher, source, left: times, requests: [] }
    this.#primes.unshift(prime)
    return {
      requests: prime.requests,
      remove: () => {
        prime.left = 0
      },
    }
  }

  /** Answers the statements that fit with rows in pages; later pages only for paging states of this prime. */
  primePages(matcher: RequestMatcher, pages: PagesOptions): Prime {
    return this.prime(matcher, servePages(this.name, pages))
  }

  /** Says what PREPARE of a text that fits tells about variables and columns. */
  describePrepared(pattern: string | RegExp, description: PreparedDescription): void {
    this.#context.prepared.describe(pattern, description)
  }

  /** Forgets prepared statements, all or those whose text fits: the next EXECUTE gets UNPREPARED. */
  forgetPrepared(pattern?: string | RegExp): void {
    this.#context.prepared.forget(pattern)
  }

  /** Keeps requests that fit unanswered until the gate is released. */
  hold(matcher: RequestMatcher): Gate {
    const gate = new Gate()
    this.#holds.push({ matcher, gate })
    return gate
  }

  /** Resolves when `count` requests that fit have come, with all of them; those before the call count too. */
  received(matcher: RequestMatcher, count: number = 1): Promise<ReceivedRequest[]> {
    const { promise, resolve, reject } = Promise.withResolvers<ReceivedRequest[]>()
    // A test may end while it waits.
    promise.catch(() => {})
    this.#waiting.push({ matcher, count, resolve, reject })
    this.#wake()
    if (this.#isStopped) this.#giveUp()
    return promise
  }

  /** The requests so far that fit. */
  find(matcher: RequestMatcher): ReceivedRequest[] {
    return this.requests.filter((request) => matches(matcher, request))
  }

  /** Sends an event to the connections that registered for its type, and tells to how many. */
  pushEvent(event: Event): number {
    const type = event.kind.toUpperCase()
    const registered = this.#connections.filter(({ eventTypes }) => eventTypes.has(type))
    for (const connection of registered) connection.sendEvent(event)
    return registered.length
  }

  /** Ends all connections at once: torn down (`reset`, the default) or ended after what is written (`close`). */
  killConnections(how: 'reset' | 'close' = 'reset'): void {
    for (const connection of [...this.#connections]) connection[how]()
  }

  /** Stops reading on all connections there are: what clients write piles up on their side. */
  pauseReading(): void {
    for (const connection of this.#connections) connection.pauseReading()
  }

  resumeReading(): void {
    for (const connection of this.#connections) connection.resumeReading()
  }

  /** Ends all connections and frees the port. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.killConnections()
    this.#giveUp()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #accept(socket: Socket): void {
    this.#opened += 1
    const connection = new ScriptedConnection(this.#opened, socket, {
      onFrame: (from, header, frame) => this.#onFrame(from, header, frame),
      onMalformed: (from, error) => this.#reject(from, describe(error), { thenClose: true }),
      onClose: (from) => this.#connections.splice(this.#connections.indexOf(from), 1),
    })
    this.#connections.push(connection)
  }

  #onFrame(connection: ScriptedConnection, header: FrameHeader, frame: Buffer): void {
    const problem = this.#findProblem(connection, header)
    if (problem !== null) {
      // Trying a version is how drivers learn which there are.
      if (!problem.isOffer) this.#violate(connection, problem.text)
      this.#refuse(connection, problem.text, problem)
      return
    }
    let request: ReceivedRequest | null
    try {
      request = decodeRequest(frame, header, {
        server: this.name,
        connection: connection.number,
        sequence: nextSequence(),
        keyspace: connection.keyspace,
        findText: (id) => this.#context.prepared.find(id)?.text ?? null,
      })
    } catch (error) {
      this.#reject(connection, describe(error))
      return
    }
    if (request === null) {
      this.#reject(connection, `Unknown opcode ${header.opcode}`, { thenClose: true })
      return
    }
    const early = findEarly(connection, request)
    if (early !== null) {
      this.#reject(connection, early)
      return
    }
    if (connection.inFlight.has(header.stream)) {
      this.#violate(connection, `stream ${header.stream} is used while its last request has no answer`)
    }
    connection.inFlight.add(header.stream)
    this.requests.push(request)
    this.#wake()
    void this.#serve(connection, request)
  }

  async #serve(connection: ScriptedConnection, request: ReceivedRequest): Promise<void> {
    let answer: Reply
    try {
      for (const { matcher, gate } of this.#holds) if (matches(matcher, request)) await gate.enter(request)
      answer = await this.#answer(connection, request)
    } catch (error) {
      this.#violate(connection, `the script failed: ${describe(error)}`)
      answer = reply.error(ErrorCode.SERVER_ERROR, `the script failed: ${describe(error)}`)
    }
    this.#write(connection, request, answer)
  }

  async #answer(connection: ScriptedConnection, request: ReceivedRequest): Promise<Reply> {
    const next = async (): Promise<Reply> => {
      // A prime for a text says nothing about ids: an unknown one is unprepared whatever it was.
      const missing = findUnprepared(request, this.#context)
      if (missing !== null) return missing
      return (await this.#answerByPrime(request)) ?? answerByDefault(request, connection, this.#context)
    }
    const handler = this.#handlers.get(request.type)
    const handled = handler === undefined ? undefined : await resolve(handler, request, next)
    return handled ?? (await next())
  }

  async #answerByPrime(request: ReceivedRequest): Promise<Reply | undefined> {
    for (const prime of this.#primes) {
      if (prime.left <= 0 || !matches(prime.matcher, request)) continue
      prime.left -= 1
      prime.requests.push(request)
      const answer = await resolve(prime.source, request, () => {
        throw new TypeError('a prime has no next answer: return undefined')
      })
      if (answer !== undefined) return answer
    }
    return undefined
  }

  #write(connection: ScriptedConnection, request: ReceivedRequest, answer: Reply): void {
    if (answer === 'silence' || connection.isClosed) return
    if (answer === 'close' || answer === 'reset') {
      connection[answer]()
      return
    }
    const { stream } = request.header
    const bytes = 'raw' in answer ? answer.raw : this.#encode(connection, request, answer)
    connection.inFlight.delete(stream)
    request.answerSequence = nextSequence()
    connection.send(bytes)
    if (answer.thenClose) connection.close()
  }

  #encode(connection: ScriptedConnection, request: ReceivedRequest, answer: FrameReply): Buffer {
    const parameters = 'parameters' in request.message ? request.message.parameters : null
    const skipMetadata = parameters?.skipMetadata ?? false
    const context = { version: request.version, stream: request.header.stream, skipMetadata }
    const isTraced = (request.header.flags & HeaderFlag.TRACING) !== 0 && request.type !== 'startup'
    const traced = isTraced && !answer.prefix?.tracingId
    try {
      return encodeReply(traced ? reply.with(answer, { tracingId: uuidOf(String(request.sequence)) }) : answer, context)
    } catch (error) {
      this.#violate(connection, `the script's answer cannot be written: ${describe(error)}`)
      return encodeReply(reply.error(ErrorCode.SERVER_ERROR, describe(error)), context)
    }
  }

  /** What servers refuse before they look into the body. */
  #findProblem(connection: ScriptedConnection, header: FrameHeader): Problem | null {
    const { version } = header
    if (header.isResponse) return { text: 'a response came from a client', thenClose: true }
    if (!isSupportedVersion(version) || version > this.#version) {
      const known = versionNames(this.#version).join(', ')
      return {
        text: `Invalid or unsupported protocol version (${version}); supported versions are (${known})`,
        isOffer: true,
      }
    }
    if (connection.version !== null && connection.version !== version) {
      return { text: `Invalid message version. Got ${version} but earlier messages had ${connection.version}` }
    }
    if (header.flags & HeaderFlag.COMPRESSED) return { text: 'a compressed frame, where no compression was agreed on' }
    if (header.stream < 0) return { text: `stream ${header.stream} of a client is negative` }
    return null
  }

  #reject(connection: ScriptedConnection, problem: string, options?: { thenClose?: boolean }): void {
    this.#violate(connection, problem)
    this.#refuse(connection, problem, options)
  }

  /** As real servers do: what is wrong with a frame is told on stream 0, whatever its own stream was. */
  #refuse(connection: ScriptedConnection, problem: string, { thenClose = false }: { thenClose?: boolean } = {}): void {
    const version = connection.version ?? this.#version
    const answer = reply.error(ErrorCode.PROTOCOL_ERROR, problem)
    connection.send(encodeReply(answer, { version, stream: 0, skipMetadata: false }))
    if (thenClose) connection.close()
  }

  #violate(connection: ScriptedConnection, problem: string): void {
    this.violations.push({ connection: connection.number, problem })
  }

  #wake(): void {
    for (const waiting of [...this.#waiting]) {
      const found = this.find(waiting.matcher)
      if (found.length < waiting.count) continue
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      waiting.resolve(found)
    }
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new TestkitError('SCRIPTED_STOPPED', `scripted server ${this.name} was stopped: no request will come`))
    }
  }
}

/** Why a frame is refused. */
interface Problem {
  text: string
  thenClose?: boolean
  /** The client may do so. */
  isOffer?: boolean
}

function findEarly(connection: ScriptedConnection, { type }: ReceivedRequest): string | null {
  if (type === 'options') return null
  const name = type.toUpperCase()
  switch (connection.stage) {
    case 'new':
      return type === 'startup' ? null : `Unexpected message ${name}, expecting STARTUP or OPTIONS`
    case 'authenticating':
      return type === 'authResponse' ? null : `Unexpected message ${name}, expecting AUTH_RESPONSE`
    case 'ready':
      return type === 'startup' ? 'Unexpected message STARTUP, the connection is already initialized' : null
  }
}

function resolve(
  source: ReplySource,
  request: ReceivedRequest,
  next: () => Reply | Promise<Reply>,
): Reply | undefined | Promise<Reply | undefined> {
  return typeof source === 'function' ? source(request, next) : source
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

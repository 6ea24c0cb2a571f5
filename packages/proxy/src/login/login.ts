import {
  authChallenge,
  authenticate,
  authResponse,
  authSuccess,
  ErrorCode,
  encodeResponse,
  Opcode,
  opcodeName,
  ProtocolError,
  type ProtocolVersion,
  ready,
  startup,
} from '@zdmkit/protocol'
import type { ResponseFrame } from '@zdmkit/transport'
import type { ClientConnection } from '../client/client-connection.ts'
import { highestVersion, versionRefusal } from '../control/control-connection.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import type { GroupSpec } from '../group/group.ts'
import { connectNode } from '../group/link.ts'
import { neededSides } from '../routing/needed-sides.ts'
import { errorFrame } from '../settle/error-frame.ts'
import { clusterNames, ORIGIN, type PerSide, type Side, TARGET } from '../side.ts'
import {
  anonymous,
  authRoundsMax,
  type Identity,
  logInConfigured,
  provenIdentity,
  RefusedByCluster,
  sendStartup,
  sendToken,
  tooManyRounds,
} from './identity.ts'

const HEADER_BYTES = 9

/** A login under way: one fresh connection to each cluster, on which the client proves itself. */
interface Attempt {
  readonly options: Readonly<Record<string, string>>
  readonly channels: PerSide<ClusterChannel | null>
  readonly authenticators: PerSide<string | null>
  /** The cluster whose challenges the client answers. */
  tokensFor: Side | null
  readonly tokens: Buffer[]
}

/**
 * From a client's first frame to its group. Each client is proven by a cluster's own handshake, on connections opened for it,
 * which then join its group; only then is it served. Which login is the client's own follows ZDM Proxy's table: where one
 * cluster asks for a login it is that one's; where both do it is the target's (or the origin's, by setting), and the other
 * cluster is logged in to with the configured credentials.
 */
export class Login {
  readonly #client: ClientConnection
  #attempt: Attempt | null = null
  #isBusy = false
  #isCancelled = false

  constructor(client: ClientConnection) {
    this.#client = client
  }

  /** One frame of a client that is not logged in. */
  onFrame(buffer: Buffer, start: number, end: number): void {
    const client = this.#client
    const opcode = buffer[start + 4] as number
    const stream = buffer.readInt16BE(start + 2)
    const version = client.version as ProtocolVersion
    const flags = buffer[start + 1] as number
    const body = Buffer.from(buffer.subarray(start + HEADER_BYTES, end))
    try {
      if (flags !== 0) {
        client.sendError(
          stream,
          ErrorCode.PROTOCOL_ERROR,
          `${opcodeName(opcode)} must not have header flags (0x${flags.toString(16)})`,
        )
      } else if (opcode === Opcode.OPTIONS) {
        client.send(client.context.controls[ORIGIN].supportedFrame(version, stream, client.context.controls[TARGET]))
      } else if (opcode === Opcode.STARTUP && this.#attempt === null) {
        const { options } = startup.decode(body, version)
        this.#run(stream, () => this.#start(stream, options))
      } else if (opcode === Opcode.AUTH_RESPONSE && this.#attempt?.tokensFor != null) {
        const { token } = authResponse.decode(body, version)
        this.#run(stream, () => this.#answerToken(stream, token))
      } else {
        const expected = this.#attempt ? 'AUTH_RESPONSE' : 'STARTUP or OPTIONS'
        client.sendError(stream, ErrorCode.PROTOCOL_ERROR, `unexpected ${opcodeName(opcode)}, expected ${expected}`)
      }
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause
      client.sendError(stream, ErrorCode.PROTOCOL_ERROR, `malformed ${opcodeName(opcode)}: ${cause.message}`)
    }
  }

  /** The client is gone. */
  cancel(): void {
    this.#isCancelled = true
    if (!this.#isBusy) this.#closeChannels()
  }

  /** Runs a step during which the client's further frames wait; a failure is answered on `stream` and ends the connection. */
  #run(stream: number, step: () => Promise<void>): void {
    this.#client.during(async () => {
      this.#isBusy = true
      try {
        await step()
      } catch (cause) {
        this.#fail(stream, cause)
      }
      this.#isBusy = false
      if (this.#isCancelled) this.#closeChannels()
    })
  }

  async #start(stream: number, options: Readonly<Record<string, string>>): Promise<void> {
    const client = this.#client
    const { context } = client
    const version = client.version as ProtocolVersion
    const highest = highestVersion(context.controls)
    if (version > highest) {
      // On stream 0 and the last word, as of a server: drivers then try a lower version on a new connection.
      client.sendLast(errorFrame(highest, 0, ErrorCode.PROTOCOL_ERROR, versionRefusal(version, highest)))
      return
    }
    if (options['COMPRESSION']) {
      const text = 'this proxy offers no compression; leave COMPRESSION out of STARTUP'
      client.sendError(stream, ErrorCode.PROTOCOL_ERROR, text)
      return
    }
    const known = context.groups.find(this.#spec(options, anonymous))
    if (known && neededSides(context.generations.current.routing).every((side) => known.links[side].isUp)) {
      // Both clusters let everybody in: nothing to prove.
      client.send(encodeResponse(ready, {}, { version, stream }))
      client.enter(known)
      return
    }
    const attempt: Attempt = {
      options,
      channels: [null, null],
      authenticators: [null, null],
      tokensFor: null,
      tokens: [],
    }
    this.#attempt = attempt
    await this.#connectBoth(attempt)
    const [origin, target] = attempt.authenticators
    if (origin === null && target === null) {
      this.#finish(anonymous)
      client.send(encodeResponse(ready, {}, { version, stream }))
      return
    }
    const bothAsk = origin !== null && target !== null
    const side = bothAsk
      ? context.options.forwardsClientCredentialsToOrigin
        ? ORIGIN
        : TARGET
      : origin !== null
        ? ORIGIN
        : TARGET
    attempt.tokensFor = side
    const authenticator = attempt.authenticators[side] ?? ''
    client.send(encodeResponse(authenticate, { authenticator }, { version, stream }))
  }

  /** Opens a connection to each cluster; one that the routing does not need may be missing, unless a login is asked for. */
  async #connectBoth(attempt: Attempt): Promise<void> {
    const { context } = this.#client
    const needed = neededSides(context.generations.current.routing)
    const results = await Promise.allSettled(([ORIGIN, TARGET] as const).map((side) => this.#connect(attempt, side)))
    const asksLogin = attempt.authenticators.some((authenticator) => authenticator !== null)
    for (const side of [ORIGIN, TARGET] as const) {
      const result = results[side]
      if (result?.status !== 'rejected') continue
      context.metrics.failedConnections[side].inc()
      if (asksLogin || needed.includes(side)) throw result.reason
      context.log.warn('client-without-cluster', { cluster: clusterNames[side], error: String(result.reason) })
    }
  }

  async #connect(attempt: Attempt, side: Side): Promise<void> {
    const { context, version } = this.#client
    const channel = await connectNode(context, side, version)
    channel.onEnded = () => {
      if (attempt.channels[side] === channel) attempt.channels[side] = null
    }
    attempt.channels[side] = channel
    try {
      const answer = await sendStartup(context, channel, attempt.options)
      if (answer.kind === 'authenticate') attempt.authenticators[side] = answer.authenticator
    } catch (cause) {
      // The client may be let in without this cluster; a connection that was never started must not join its group.
      channel.close()
      throw cause
    }
  }

  async #answerToken(stream: number, token: Buffer | null): Promise<void> {
    const attempt = this.#attempt
    const client = this.#client
    const version = client.version as ProtocolVersion
    if (attempt?.tokensFor == null) return
    const side = attempt.tokensFor
    if (attempt.tokens.length > authRoundsMax) throw tooManyRounds(side)
    attempt.tokens.push(token ?? Buffer.alloc(0))
    const answer = await sendToken(client.context, openChannelOf(attempt, side), token)
    if (answer.opcode === Opcode.AUTH_CHALLENGE) {
      const challenge = authChallenge.decode(answer.body, version)
      client.send(encodeResponse(authChallenge, challenge, { version, stream }))
      return
    }
    const other: Side = side === ORIGIN ? TARGET : ORIGIN
    const authenticator = attempt.authenticators[other]
    if (authenticator !== null) await logInConfigured(client.context, openChannelOf(attempt, other), authenticator)
    this.#finish(provenIdentity(side, attempt.tokens))
    client.send(encodeResponse(authSuccess, { token: successToken(answer, version) }, { version, stream }))
  }

  /** Its connections join the group, and so does the client. */
  #finish(identity: Identity): void {
    const client = this.#client
    const attempt = this.#attempt
    if (!attempt || client.isClosed) return
    const group = client.context.groups.obtain(client.context, this.#spec(attempt.options, identity))
    for (const side of [ORIGIN, TARGET] as const) {
      const channel = attempt.channels[side]
      attempt.channels[side] = null
      if (channel) group.links[side].adopt(channel)
      else group.links[side].keepUp()
    }
    client.enter(group)
  }

  #spec(startupOptions: Readonly<Record<string, string>>, identity: Identity): GroupSpec {
    return { version: this.#client.version, keyspace: null, startupOptions, identity }
  }

  #fail(stream: number, cause: unknown): void {
    const client = this.#client
    this.#closeChannels()
    if (client.isClosed) return
    const message = cause instanceof Error ? cause.message : String(cause)
    client.context.log.warn('client-login-failed', { client: client.peer, error: message })
    const code = cause instanceof RefusedByCluster ? cause.serverCode : ErrorCode.SERVER_ERROR
    client.sendLast(errorFrame(client.version, stream, code, message))
  }

  #closeChannels(): void {
    const attempt = this.#attempt
    if (!attempt) return
    for (const side of [ORIGIN, TARGET] as const) {
      const channel = attempt.channels[side]
      attempt.channels[side] = null
      channel?.close()
    }
  }
}

function openChannelOf(attempt: Attempt, side: Side): ClusterChannel {
  const channel = attempt.channels[side]
  if (!channel) throw new Error(`${clusterNames[side]} closed the connection during the login`)
  return channel
}

function successToken(answer: ResponseFrame, version: ProtocolVersion): Buffer | null {
  return authSuccess.decode(answer.body, version).token
}

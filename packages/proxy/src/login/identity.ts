import { createHash } from 'node:crypto'
import {
  authenticate,
  authResponse,
  ErrorCode,
  encodeRequest,
  Opcode,
  opcodeName,
  type ProtocolVersion,
  startup,
} from '@zdmkit/protocol'
import { type Credentials, firstToken, nextToken, type ResponseFrame } from '@zdmkit/transport'
import { ProxyError } from '../errors.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import type { ProxyContext } from '../proxy-context.ts'
import { errorOutcomeOf } from '../settle/error-outcome.ts'
import { clusterNames, type Side } from '../side.ts'

const AUTH_ROUNDS_MAX = 5

/** Who a client has proven to be: the whole SASL exchange, kept so that its group can open further connections. */
export interface Identity {
  /** Equal for equal exchanges; tells nothing of them. */
  readonly digest: string
  /** The client's own AUTH_RESPONSE tokens, in order. */
  readonly tokens: readonly Buffer[]
  /** The cluster they are for; the other one is logged in to with the configured credentials. `null`: nobody asked for a login. */
  readonly tokensFor: Side | null
}

export const anonymous: Identity = Object.freeze({ digest: '', tokens: [], tokensFor: null })

export function provenIdentity(tokensFor: Side, tokens: readonly Buffer[]): Identity {
  const hash = createHash('sha256').update(String(tokensFor))
  for (const token of tokens) hash.update(`:${token.length}:`).update(token)
  return { digest: hash.digest('base64'), tokens, tokensFor }
}

/** A cluster answered a step of opening a connection with an ERROR; the client is given the same. */
export class RefusedByCluster extends ProxyError {
  override readonly name: string = 'RefusedByCluster'
  readonly side: Side
  readonly serverCode: number
  readonly serverMessage: string

  constructor(side: Side, answer: ResponseFrame, what: string) {
    const refusal = readRefusal(answer)
    super('PROXY_LOGIN_REFUSED', `${what}: ${refusal.message}`)
    this.side = side
    this.serverCode = refusal.code
    this.serverMessage = refusal.message
  }
}

/** What a cluster answered to STARTUP. */
export type StartupAnswer = { kind: 'ready' } | { kind: 'authenticate'; authenticator: string }

/**
 * Sends STARTUP with the client's options.
 * @throws RefusedByCluster, ClusterUnreachable
 */
export async function sendStartup(
  context: ProxyContext,
  channel: ClusterChannel,
  options: Readonly<Record<string, string>>,
): Promise<StartupAnswer> {
  const version = channel.version as ProtocolVersion
  const frame = encodeRequest(startup, { options: { ...options } }, { version, stream: 0 })
  const answer = await channel.ask(frame, context.options.clusters[channel.side].connectionTimeoutMs)
  if (answer.opcode === Opcode.READY) return { kind: 'ready' }
  if (answer.opcode === Opcode.AUTHENTICATE) {
    return { kind: 'authenticate', authenticator: authenticate.decode(answer.body, version).authenticator }
  }
  throw new RefusedByCluster(channel.side, answer, `${clusterNames[channel.side]} refused STARTUP`)
}

/** Sends one AUTH_RESPONSE; the answer is AUTH_CHALLENGE or AUTH_SUCCESS. Throws as {@link sendStartup} does. */
export async function sendToken(
  context: ProxyContext,
  channel: ClusterChannel,
  token: Buffer | null,
): Promise<ResponseFrame> {
  const frame = encodeRequest(authResponse, { token }, { version: channel.version as ProtocolVersion, stream: 0 })
  const answer = await channel.ask(frame, context.options.clusters[channel.side].connectionTimeoutMs)
  if (answer.opcode === Opcode.AUTH_CHALLENGE || answer.opcode === Opcode.AUTH_SUCCESS) return answer
  throw new RefusedByCluster(channel.side, answer, `${clusterNames[channel.side]} refused the login`)
}

/** STARTUP and login of one more connection of a group; throws as {@link sendStartup} does. */
export async function logIn(
  context: ProxyContext,
  channel: ClusterChannel,
  options: Readonly<Record<string, string>>,
  identity: Identity,
): Promise<void> {
  const answer = await sendStartup(context, channel, options)
  if (answer.kind === 'ready') return
  if (identity.tokensFor === channel.side) await replayTokens(context, channel, identity.tokens)
  else if (identity.tokensFor === null) {
    // Nobody has proven anything to this cluster, and the proxy's own rights are not the client's.
    throw new ProxyError('PROXY_LOGIN_REFUSED', `${clusterNames[channel.side]} asks for a login now; connect again`)
  } else await logInConfigured(context, channel, answer.authenticator)
}

/** Logs in with the credentials of the settings. */
export async function logInConfigured(
  context: ProxyContext,
  channel: ClusterChannel,
  authenticator: string,
): Promise<void> {
  const name = clusterNames[channel.side]
  const credentials: Credentials | null = context.options.clusters[channel.side].credentials
  if (!credentials) {
    throw new ProxyError(
      'PROXY_LOGIN_REFUSED',
      `${name} asks for a login (${authenticator}) and ${name}_username is not set`,
    )
  }
  let answer = await sendToken(context, channel, firstToken(authenticator, credentials))
  for (let round = 0; answer.opcode === Opcode.AUTH_CHALLENGE; round++) {
    if (round === AUTH_ROUNDS_MAX) throw tooManyRounds(channel.side)
    answer = await sendToken(context, channel, nextToken(answer.body, credentials))
  }
}

async function replayTokens(context: ProxyContext, channel: ClusterChannel, tokens: readonly Buffer[]): Promise<void> {
  for (const token of tokens) {
    const answer = await sendToken(context, channel, token)
    if (answer.opcode === Opcode.AUTH_SUCCESS) return
  }
  throw new ProxyError(
    'PROXY_LOGIN_REFUSED',
    `${clusterNames[channel.side]} did not accept the client's login a second time`,
  )
}

export function tooManyRounds(side: Side): ProxyError {
  return new ProxyError(
    'PROXY_LOGIN_REFUSED',
    `${clusterNames[side]} sent more than ${AUTH_ROUNDS_MAX} login challenges`,
  )
}

/** Login challenges that the proxy passes on before it gives the client up. */
export const authRoundsMax: number = AUTH_ROUNDS_MAX

function readRefusal(answer: ResponseFrame): { code: number; message: string } {
  if (answer.opcode !== Opcode.ERROR) {
    return { code: ErrorCode.SERVER_ERROR, message: `unexpected answer ${opcodeName(answer.opcode)}` }
  }
  return errorOutcomeOf(answer)
}

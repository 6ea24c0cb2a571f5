import {
  authChallenge,
  authenticate,
  authResponse,
  ErrorCode,
  encodeRequest,
  error,
  Opcode,
  opcodeName,
  type ProtocolVersion,
  startup,
} from '@zdmkit/protocol'
import type { Channel } from './channel.ts'
import { decodeAnswer } from './decode-answer.ts'
import { TransportError } from './errors.ts'
import { exchange, type ResponseFrame } from './exchange.ts'

/** A server may challenge this often before the login is given up. */
const AUTH_ROUNDS_MAX = 5

export interface Credentials {
  username: string
  password: string
}

export interface StartUpOptions {
  /** The STARTUP message's options; CQL_VERSION is added when absent. */
  startupOptions: Readonly<Record<string, string>>
  credentials?: Credentials | undefined
  timeoutMs: number
}

/**
 * Makes a connected channel ready for requests: STARTUP and, when the server asks, a password login.
 * @throws TRANSPORT_AUTH_FAILED when the server refuses the login or wants one and there are no credentials,
 * TRANSPORT_PROTOCOL when it answers anything else, and what `exchange` throws
 */
export async function startUp(channel: Channel, options: StartUpOptions): Promise<void> {
  const version = channel.version as ProtocolVersion
  const body = { options: { CQL_VERSION: '3.0.0', ...options.startupOptions } }
  let answer = await exchange(channel, encodeRequest(startup, body, { version, stream: 0 }), options.timeoutMs)
  if (answer.opcode === Opcode.READY) return
  if (answer.opcode !== Opcode.AUTHENTICATE) throw refusal(channel, answer, 'STARTUP')
  const { authenticator } = decodeAnswer(authenticate, answer, speaker(channel))
  if (!options.credentials) {
    throw new TransportError(
      'TRANSPORT_AUTH_FAILED',
      `${channel.peer} wants a login (${authenticator}) and none is configured`,
    )
  }
  let token = firstToken(authenticator, options.credentials)
  for (let round = 0; round <= AUTH_ROUNDS_MAX; round++) {
    const request = encodeRequest(authResponse, { token }, { version, stream: 0 })
    answer = await exchange(channel, request, options.timeoutMs)
    if (answer.opcode === Opcode.AUTH_SUCCESS) return
    if (answer.opcode !== Opcode.AUTH_CHALLENGE) throw refusal(channel, answer, 'the login')
    token = nextToken(decodeAnswer(authChallenge, answer, speaker(channel)).token, options.credentials)
  }
  throw new TransportError(
    'TRANSPORT_AUTH_FAILED',
    `${channel.peer} sent more than ${AUTH_ROUNDS_MAX} login challenges`,
  )
}

/** SASL PLAIN (RFC 4616) without an authorization identity. */
export function plainToken(credentials: Credentials): Buffer {
  return Buffer.from(`\0${credentials.username}\0${credentials.password}`, 'utf8')
}

/** The first AUTH_RESPONSE to this authenticator; DSE's negotiates the mechanism first. */
export function firstToken(authenticator: string, credentials: Credentials): Buffer {
  return authenticator.endsWith('.DseAuthenticator') ? Buffer.from('PLAIN') : plainToken(credentials)
}

/** The AUTH_RESPONSE to a challenge: DSE asks `PLAIN-START`, everything else is taken for a request for the password. */
export function nextToken(_challenge: Buffer | null, credentials: Credentials): Buffer {
  return plainToken(credentials)
}

function speaker(channel: Channel): { version: ProtocolVersion; peer: string } {
  return { version: channel.version as ProtocolVersion, peer: channel.peer }
}

function refusal(channel: Channel, answer: ResponseFrame, what: string): TransportError {
  if (answer.opcode !== Opcode.ERROR) {
    return new TransportError(
      'TRANSPORT_PROTOCOL',
      `${channel.peer} answered ${what} with ${opcodeName(answer.opcode)}`,
    )
  }
  const { code, message } = decodeAnswer(error, answer, speaker(channel))
  const isLogin = code === ErrorCode.BAD_CREDENTIALS || code === ErrorCode.UNAUTHORIZED
  return new TransportError(
    isLogin ? 'TRANSPORT_AUTH_FAILED' : 'TRANSPORT_PROTOCOL',
    `${channel.peer} refused ${what} with error 0x${code.toString(16).padStart(4, '0')}: ${message}`,
  )
}

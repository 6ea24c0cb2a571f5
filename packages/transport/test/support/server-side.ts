import {
  authChallenge,
  authenticate,
  authResponse,
  authSuccess,
  encodeFrame,
  Opcode,
  ready,
  startup,
} from '@zdmkit/protocol'
import type { RawPeer, RawServer, ReceivedFrame } from './raw-server.ts'

/** Accepts the next connection and lets it in without a login. */
export async function acceptReady(server: RawServer): Promise<RawPeer> {
  const peer = await server.accepted()
  peer.reply(await peer.next(), ready, {})
  return peer
}

/** The options of the STARTUP that comes next, and its frame. */
export async function nextStartup(peer: RawPeer): Promise<{ frame: ReceivedFrame; options: Record<string, string> }> {
  const frame = await peer.next()
  if (frame.header.opcode !== Opcode.STARTUP) throw new Error(`opcode ${frame.header.opcode} is not STARTUP`)
  return { frame, options: startup.decode(frame.body, frame.header.version === 3 ? 3 : 4).options }
}

/** Asks for a login, challenges it with each of `challenges`, lets it in. Resolves with the tokens that came, as text. */
export async function serveLogin(
  peer: RawPeer,
  authenticator: string,
  challenges: readonly string[] = [],
): Promise<string[]> {
  const { frame } = await nextStartup(peer)
  peer.reply(frame, authenticate, { authenticator })
  const tokens: string[] = []
  for (const challenge of [...challenges, null]) {
    const response = await peer.next()
    tokens.push(authResponse.decode(response.body, 4).token?.toString() ?? 'null')
    if (challenge === null) peer.reply(response, authSuccess, { token: null })
    else peer.reply(response, authChallenge, { token: Buffer.from(challenge) })
  }
  return tokens
}

/** Answers `request` with these bytes for a body. */
export function replyBytes(
  peer: RawPeer,
  request: ReceivedFrame,
  opcode: number,
  body: Buffer,
  flags: number = 0,
): void {
  const { version, stream } = request.header
  peer.send(encodeFrame({ version: version === 3 ? 3 : 4, isResponse: true, flags, stream, opcode, body }))
}

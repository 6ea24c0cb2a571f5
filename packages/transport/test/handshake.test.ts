import { authChallenge, authenticate, error, Opcode, type PlainErrorCode, result, supported } from '@zdmkit/protocol'
import { CqlConnection, type CqlConnectionOptions, firstToken, nextToken, plainToken } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { hex } from './support/hex.ts'
import { RawServer } from './support/raw-server.ts'
import { acceptReady, nextStartup, replyBytes, serveLogin } from './support/server-side.ts'

const PASSWORD_AUTHENTICATOR = 'org.apache.cassandra.auth.PasswordAuthenticator'
const DSE_AUTHENTICATOR = 'com.datastax.bdp.cassandra.auth.DseAuthenticator'
const credentials = { username: 'application', password: 'not to be shown' }
const LONG_MS = 20_000

function open(server: RawServer, options: Partial<CqlConnectionOptions> = {}): Promise<CqlConnection> {
  return CqlConnection.open({ host: '127.0.0.1', port: server.port, connectTimeoutMs: LONG_MS, ...options })
}

/** What a login is refused with; fails when it is not. */
async function refusal(opening: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  try {
    await opening
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return { code: cause.code, message: cause.message }
    throw cause
  }
  throw new Error('it was not refused')
}

describe('startUp', () => {
  it('is over with READY', async () => {
    await using server = await RawServer.start()
    const opening = open(server, { credentials })
    await acceptReady(server)
    await using connection = await opening
    expect([connection.isClosed, connection.inFlight]).toStrictEqual([false, 0])
  })

  it('sends the options as given and a CQL version', async () => {
    await using server = await RawServer.start()
    for (const [startupOptions, expected] of [
      [undefined, { CQL_VERSION: '3.0.0' }],
      [
        { DRIVER_NAME: 'zdmkit', NO_COMPACT: 'true' },
        { CQL_VERSION: '3.0.0', DRIVER_NAME: 'zdmkit', NO_COMPACT: 'true' },
      ],
      [{ CQL_VERSION: '3.4.7' }, { CQL_VERSION: '3.4.7' }],
    ] as const) {
      const opening = open(server, startupOptions ? { startupOptions } : {})
      const peer = await server.accepted()
      const { frame, options } = await nextStartup(peer)
      expect(options).toStrictEqual(expected)
      replyBytes(peer, frame, Opcode.READY, hex(''))
      ;(await opening).close()
    }
  })

  it('speaks v3 when it is told to', async () => {
    await using server = await RawServer.start()
    const opening = open(server, { version: 3 })
    const peer = await server.accepted()
    const { frame } = await nextStartup(peer)
    expect(frame.header.version).toBe(3)
    replyBytes(peer, frame, Opcode.READY, hex(''))
    await using connection = await opening
    expect(connection.version).toBe(3)
  })

  it('logs in with PLAIN', async () => {
    await using server = await RawServer.start()
    const opening = open(server, { credentials })
    const tokens = await serveLogin(await server.accepted(), PASSWORD_AUTHENTICATOR)
    await using connection = await opening
    expect(connection.isClosed).toBe(false)
    expect(tokens).toStrictEqual(['\0application\0not to be shown'])
  })

  it('names PLAIN to the DSE authenticator before it sends the password', async () => {
    await using server = await RawServer.start()
    const opening = open(server, { credentials })
    const tokens = await serveLogin(await server.accepted(), DSE_AUTHENTICATOR, ['PLAIN-START'])
    await using connection = await opening
    expect(connection.isClosed).toBe(false)
    expect(tokens).toStrictEqual(['PLAIN', '\0application\0not to be shown'])
  })

  it('answers a few challenges, and is TRANSPORT_AUTH_FAILED after more', async () => {
    await using server = await RawServer.start()
    const opening = open(server, { credentials })
    const tokens = await serveLogin(await server.accepted(), PASSWORD_AUTHENTICATOR, ['1', '2', '3', '4', '5'])
    ;(await opening).close()
    expect(tokens.length).toBe(6)

    const refused = refusal(open(server, { credentials }))
    const peer = await server.accepted()
    const { frame } = await nextStartup(peer)
    peer.reply(frame, authenticate, { authenticator: PASSWORD_AUTHENTICATOR })
    for (let i = 0; i < 6; i++) peer.reply(await peer.next(), authChallenge, { token: null })
    expect(await refused).toStrictEqual({
      code: 'TRANSPORT_AUTH_FAILED',
      message: `127.0.0.1:${server.port} sent more than 5 login challenges`,
    })
    await peer.closed
    expect(peer.unread).toStrictEqual([])
  })

  it('is TRANSPORT_AUTH_FAILED when a login is wanted and none is given', async () => {
    await using server = await RawServer.start()
    const refused = refusal(open(server))
    const peer = await server.accepted()
    const { frame } = await nextStartup(peer)
    peer.reply(frame, authenticate, { authenticator: PASSWORD_AUTHENTICATOR })
    expect(await refused).toStrictEqual({
      code: 'TRANSPORT_AUTH_FAILED',
      message: `127.0.0.1:${server.port} wants a login (${PASSWORD_AUTHENTICATOR}) and none is configured`,
    })
    await peer.closed
  })

  const errors: [title: string, code: PlainErrorCode, message: string, expected: string][] = [
    ['bad credentials', 0x0100, 'Provided username x and/or password are incorrect', 'TRANSPORT_AUTH_FAILED'],
    ['unauthorized', 0x2100, 'not permitted to log in', 'TRANSPORT_AUTH_FAILED'],
    ['overloaded', 0x1001, 'busy', 'TRANSPORT_PROTOCOL'],
    ['a server error', 0x0000, 'unexpected', 'TRANSPORT_PROTOCOL'],
    ['a protocol error', 0x000a, 'Invalid or unsupported protocol version', 'TRANSPORT_PROTOCOL'],
  ]
  for (const [title, code, message, expected] of errors) {
    it(`is refused with the server's words and without the password: ${title}`, async () => {
      await using server = await RawServer.start()
      const number = `0x${code.toString(16).padStart(4, '0')}`

      const atStartup = refusal(open(server, { credentials }))
      const first = await server.accepted()
      first.reply(await first.next(), error, { code, message })
      expect(await atStartup).toStrictEqual({
        code: expected,
        message: `127.0.0.1:${server.port} refused STARTUP with error ${number}: ${message}`,
      })
      await first.closed

      const atLogin = refusal(open(server, { credentials }))
      const second = await server.accepted()
      second.reply(await second.next(), authenticate, { authenticator: PASSWORD_AUTHENTICATOR })
      second.reply(await second.next(), error, { code, message })
      expect(await atLogin).toStrictEqual({
        code: expected,
        message: `127.0.0.1:${server.port} refused the login with error ${number}: ${message}`,
      })
      await second.closed
    })
  }

  it('reads a refusal behind warnings', async () => {
    await using server = await RawServer.start()
    const refused = refusal(open(server))
    const peer = await server.accepted()
    const body = hex('0001 0001', Buffer.from('w'), error.encode({ code: 0x0100, message: 'no' }, 4))
    replyBytes(peer, await peer.next(), Opcode.ERROR, body, 0x08)
    expect((await refused).message).toBe(`127.0.0.1:${server.port} refused STARTUP with error 0x0100: no`)
  })

  it('is TRANSPORT_PROTOCOL for an answer of another kind', async () => {
    await using server = await RawServer.start()
    const atStartup = refusal(open(server))
    const first = await server.accepted()
    first.reply(await first.next(), supported, { options: {} })
    expect(await atStartup).toStrictEqual({
      code: 'TRANSPORT_PROTOCOL',
      message: `127.0.0.1:${server.port} answered STARTUP with SUPPORTED`,
    })
    const atLogin = refusal(open(server, { credentials }))
    const second = await server.accepted()
    second.reply(await second.next(), authenticate, { authenticator: PASSWORD_AUTHENTICATOR })
    second.reply(await second.next(), result, { kind: 'void' })
    expect(await atLogin).toStrictEqual({
      code: 'TRANSPORT_PROTOCOL',
      message: `127.0.0.1:${server.port} answered the login with RESULT`,
    })
    await Promise.all([first.closed, second.closed])
  })

  const garbage: [title: string, opcode: number, body: Buffer, message: RegExp][] = [
    [
      'AUTHENTICATE',
      Opcode.AUTHENTICATE,
      hex('00ff 41'),
      /sent AUTHENTICATE that cannot be read: \[string\] of 255 bytes/,
    ],
    ['AUTHENTICATE and more', Opcode.AUTHENTICATE, hex('0000 41'), /sent AUTHENTICATE that cannot be read: /],
    ['ERROR', Opcode.ERROR, hex('0000'), /sent ERROR that cannot be read: /],
  ]
  for (const [title, opcode, body, message] of garbage) {
    it(`is TRANSPORT_PROTOCOL for bytes that are no ${title}`, async () => {
      await using server = await RawServer.start()
      const refused = refusal(open(server, { credentials }))
      const peer = await server.accepted()
      replyBytes(peer, await peer.next(), opcode, body)
      const { code, message: words } = await refused
      expect(code).toBe('TRANSPORT_PROTOCOL')
      expect(words).toMatch(message)
      await peer.closed
    })
  }

  it('is TRANSPORT_PROTOCOL for a challenge that cannot be read', async () => {
    await using server = await RawServer.start()
    const refused = refusal(open(server, { credentials }))
    const peer = await server.accepted()
    peer.reply(await peer.next(), authenticate, { authenticator: PASSWORD_AUTHENTICATOR })
    replyBytes(peer, await peer.next(), Opcode.AUTH_CHALLENGE, hex('7fffffff'))
    expect((await refused).message).toMatch(/sent AUTH_CHALLENGE that cannot be read: /)
    await peer.closed
  })

  it('is TRANSPORT_PROTOCOL for a server that speaks another version, or no CQL', async () => {
    await using server = await RawServer.start()
    for (const bytes of [hex('83 00 0000 00 00000008 0000000a 0002 6e6f'), Buffer.from('SSH-2.0-OpenSSH\r\n')]) {
      const refused = refusal(open(server))
      const peer = await server.accepted()
      await peer.next()
      peer.send(bytes)
      const { code, message } = await refused
      expect(code).toBe('TRANSPORT_PROTOCOL')
      expect(message).toMatch(/the server sent a frame with version byte 0x(83|53) on a connection of version 4$/)
      await peer.closed
    }
  })

  it('is TRANSPORT_TIMEOUT when the server says nothing, and closes', async () => {
    await using server = await RawServer.start()
    const refused = refusal(open(server, { connectTimeoutMs: 40 }))
    const peer = await server.accepted()
    expect((await refused).code).toBe('TRANSPORT_TIMEOUT')
    await peer.closed
  })

  it('is TRANSPORT_CONNECTION_LOST when the server hangs up', async () => {
    await using server = await RawServer.start()
    const refused = refusal(open(server))
    const peer = await server.accepted()
    await peer.next()
    peer.socket.end()
    expect((await refused).code).toBe('TRANSPORT_CONNECTION_LOST')
  })

  it('is given up with the signal', async () => {
    await using server = await RawServer.start()
    const controller = new AbortController()
    const opening = open(server, { signal: controller.signal })
    const peer = await server.accepted()
    await peer.next()
    const reason = new Error('why')
    controller.abort(reason)
    await expect(opening).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECT_FAILED',
      message: `127.0.0.1:${server.port}: given up during the handshake`,
      cause: reason,
    })
    await peer.closed
  })

  it('no longer hears the signal once it is over', async () => {
    await using server = await RawServer.start()
    const controller = new AbortController()
    const opening = open(server, { signal: controller.signal })
    await acceptReady(server)
    await using connection = await opening
    controller.abort()
    expect(connection.isClosed).toBe(false)
  })
})

describe('tokens', () => {
  it('are PLAIN without an authorization identity, in UTF-8', () => {
    expect(plainToken({ username: 'é', password: '€' })).toStrictEqual(hex('00 c3a9 00 e282ac'))
  })

  it('begin with the mechanism for the DSE authenticator only', () => {
    expect(firstToken(DSE_AUTHENTICATOR, credentials).toString()).toBe('PLAIN')
    expect(firstToken(PASSWORD_AUTHENTICATOR, credentials)).toStrictEqual(plainToken(credentials))
    expect(firstToken('com.example.NotDseAuthenticator', credentials)).toStrictEqual(plainToken(credentials))
  })

  it('answer every challenge with the password', () => {
    for (const challenge of [Buffer.from('PLAIN-START'), Buffer.alloc(0), null]) {
      expect(nextToken(challenge, credentials)).toStrictEqual(plainToken(credentials))
    }
  })
})

import {
  authChallenge,
  authenticate,
  authResponse,
  Consistency,
  ErrorCode,
  Opcode,
  opcodeName,
  options,
  query,
  register,
  startup,
  supported,
} from '@zdmkit/protocol'
import { eventually, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { type Answer, errorOf, RawClient, resultOf } from '../support/raw-client.ts'

const O = { username: 'origin-user', password: 'origin-secret' }
const T = { username: 'target-user', password: 'target-secret' }
const INSERT = 'INSERT INTO ks.t (k) VALUES (1)'

function opcodeOf(answer: Answer): string {
  return opcodeName(answer.header.opcode)
}

/** The SASL PLAIN tokens that a server was sent, in their order. */
function tokens(server: ScriptedServer): string[] {
  return server.requests.flatMap((request) =>
    request.type === 'authResponse' ? [request.message.token?.toString().replaceAll('\0', '/') ?? ''] : [],
  )
}

function plain({ username, password }: { username: string; password: string }): string {
  return `/${username}/${password}`
}

describe('a login without authentication', () => {
  it.each([3, 4] as const)('is answered with READY in version %i, and then requests are served', async (version) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket(version)
    expect(opcodeOf(await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } }))).toBe('READY')
    expect(resultOf(await client.query(INSERT))).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) expect(server.find(INSERT).map((one) => one.version)).toStrictEqual([version])
  })

  it('sends both clusters the STARTUP options of the client', async () => {
    await using fixture = await ProxyFixture.start()
    const startupOptions = { CQL_VERSION: '3.4.5', NO_COMPACT: 'true', DRIVER_NAME: 'raw' }
    await fixture.client({ startupOptions })
    for (const server of fixture.servers) {
      expect(server.connections.map((connection) => connection.startupOptions)).toContainEqual(startupOptions)
    }
  })

  it('ignores credentials that nobody asked for', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const answer = await client.ask(authResponse, { token: Buffer.from('\0a\0b') })
    expect(errorOf(answer)).toMatchObject({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'unexpected AUTH_RESPONSE on a connection that is logged in',
    })
  })
})

describe('what a client may say before it is logged in', () => {
  it('is OPTIONS, answered by the proxy: no compression, the versions it speaks', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket()
    const answer = await client.ask(options, {}, { stream: 9 })
    expect(supported.decode(answer.body, 4).options).toStrictEqual({
      CQL_VERSION: ['3.4.5'],
      COMPRESSION: [],
      PROTOCOL_VERSIONS: ['3/v3', '4/v4'],
    })
    for (const server of fixture.servers) expect(server.connections).toHaveLength(1)
  })

  it.each([
    ['QUERY', (client: RawClient) => client.query(INSERT)],
    ['REGISTER', (client: RawClient) => client.ask(register, { eventTypes: ['SCHEMA_CHANGE'] })],
    ['AUTH_RESPONSE', (client: RawClient) => client.ask(authResponse, { token: Buffer.from('\0a\0b') })],
  ])('is not %s, which opens no connection to any cluster', async (name, send) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket()
    expect(errorOf(await send(client))).toStrictEqual({
      code: ErrorCode.PROTOCOL_ERROR,
      message: `unexpected ${name}, expected STARTUP or OPTIONS`,
    })
    for (const server of fixture.servers) expect(server.connections).toHaveLength(1)
    expect(opcodeOf(await client.logIn())).toBe('READY')
  })

  it('is not a malformed STARTUP or AUTH_RESPONSE', async () => {
    await using fixture = await ProxyFixture.start({ target: { auth: T } })
    const client = await fixture.socket()
    const cut = Buffer.from('04 00 0001 01 00000003 0001 00'.replaceAll(' ', ''), 'hex')
    expect(errorOf(await client.askFrame(cut))).toMatchObject({
      code: ErrorCode.PROTOCOL_ERROR,
      message: expect.stringMatching(/^malformed STARTUP: /),
    })
    expect(opcodeOf(await client.logIn())).toBe('AUTHENTICATE')
    const short = Buffer.from('04 00 0001 0f 00000002 0000'.replaceAll(' ', ''), 'hex')
    expect(errorOf(await client.askFrame(short))).toMatchObject({
      code: ErrorCode.PROTOCOL_ERROR,
      message: expect.stringMatching(/^malformed AUTH_RESPONSE: /),
    })
    expect(opcodeOf(await client.authenticate(`\0${T.username}\0${T.password}`))).toBe('AUTH_SUCCESS')
  })

  it('has no header flags', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket()
    const answer = await client.askFrame(Buffer.from('040100010100000000', 'hex'))
    expect(errorOf(answer).message).toBe('STARTUP must not have header flags (0x1)')
  })

  it('asks for no compression', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket()
    const answer = await client.ask(startup, { options: { CQL_VERSION: '3.0.0', COMPRESSION: 'lz4' } })
    expect(errorOf(answer)).toStrictEqual({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'this proxy offers no compression; leave COMPRESSION out of STARTUP',
    })
    expect(opcodeOf(await client.logIn())).toBe('READY')
  })

  it('waits with requests that come right behind STARTUP until the login is over, and keeps their order', async () => {
    await using fixture = await ProxyFixture.start()
    const gate = fixture.origin.hold((request) => request.type === 'startup' && request.connection > 1)
    const client = await fixture.socket()
    const ready = client.ask(startup, { options: { CQL_VERSION: '3.0.0' } })
    const answers = [1, 2, 3].map((i) => client.query(`INSERT INTO ks.t (k) VALUES (${i})`))
    await gate.arrived()
    expect(client.inFlight).toBe(4)
    gate.release()
    expect(opcodeOf(await ready)).toBe('READY')
    for (const answer of answers) expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    expect(fixture.origin.find(/INSERT/).map(({ text }) => text.slice(-2, -1))).toStrictEqual(['1', '2', '3'])
  })
})

interface Row {
  origin: boolean
  target: boolean
  forward: boolean
  /** What the client sends; 'none': it ends after AUTHENTICATE. */
  sends: 'origin' | 'target' | 'wrong'
  expected: 'ok' | 'refused'
}

/** ZDM Proxy 2.4.2's table (zdm-proxy.md, 6.3 and 8.2): which login is the client's. */
const rows: readonly Row[] = [
  { origin: true, target: true, forward: false, sends: 'target', expected: 'ok' },
  { origin: true, target: true, forward: false, sends: 'origin', expected: 'refused' },
  { origin: true, target: true, forward: true, sends: 'origin', expected: 'ok' },
  { origin: true, target: true, forward: true, sends: 'target', expected: 'refused' },
  { origin: true, target: true, forward: false, sends: 'wrong', expected: 'refused' },
  { origin: true, target: true, forward: true, sends: 'wrong', expected: 'refused' },
  { origin: false, target: true, forward: false, sends: 'target', expected: 'ok' },
  { origin: false, target: true, forward: true, sends: 'target', expected: 'ok' },
  { origin: false, target: true, forward: false, sends: 'origin', expected: 'refused' },
  { origin: true, target: false, forward: false, sends: 'origin', expected: 'ok' },
  { origin: true, target: false, forward: true, sends: 'origin', expected: 'ok' },
  { origin: true, target: false, forward: false, sends: 'target', expected: 'refused' },
]

describe('a login with authentication', () => {
  it.each(rows)(
    'is $expected where origin asks: $origin, target asks: $target, forward to origin: $forward, and the client sends: $sends',
    async ({ origin, target, forward, sends, expected }) => {
      await using fixture = await ProxyFixture.start({
        ...(origin && { origin: { auth: O } }),
        ...(target && { target: { auth: T } }),
        options: { forwardsClientCredentialsToOrigin: forward },
        clusters: { origin: { credentials: O }, target: { credentials: T } },
      })
      // The control connections have logged in by now; what follows is the client's.
      const before = fixture.servers.map((server) => tokens(server).length)
      const credentials = { origin: O, target: T, wrong: { username: 'nobody', password: 'x' } }[sends]
      const client = await fixture.socket()
      const answer = await client.logIn({ credentials })
      const [atOrigin, atTarget] = fixture.servers.map((server, i) => tokens(server).slice(before[i]))
      const clientsSide = origin && target ? (forward ? 'origin' : 'target') : origin ? 'origin' : 'target'
      if (expected === 'ok') {
        expect(opcodeOf(answer)).toBe('AUTH_SUCCESS')
        expect(resultOf(await client.query(INSERT))).toStrictEqual({ kind: 'void' })
        for (const server of fixture.servers) expect(server.find(INSERT)).toHaveLength(1)
        // Each cluster was shown its own login only.
        expect(atOrigin).toStrictEqual(origin ? [plain(O)] : [])
        expect(atTarget).toStrictEqual(target ? [plain(T)] : [])
        return
      }
      const { code, message } = errorOf(answer)
      expect(code).toBe(ErrorCode.BAD_CREDENTIALS)
      expect(message).toBe(`${clientsSide} refused the login: Provided username and/or password are incorrect`)
      await client.closed
      expect(clientsSide === 'origin' ? atOrigin : atTarget).toStrictEqual([plain(credentials)])
      // The other cluster is not logged in to for somebody who has proven nothing.
      expect(clientsSide === 'origin' ? atTarget : atOrigin).toStrictEqual([])
      expect(fixture.log.of('client-login-failed')).toHaveLength(1)
      expect(JSON.stringify(fixture.log.lines)).not.toContain('secret')
    },
  )

  it.each(['origin', 'target'] as const)('passes on the authenticator of %s', async (name) => {
    const authenticator = 'com.example.OwnAuthenticator'
    await using fixture = await ProxyFixture.start({ [name]: { auth: () => true, authenticator } })
    const client = await fixture.socket()
    const answer = await client.logIn()
    expect(authenticate.decode(answer.body, 4)).toStrictEqual({ authenticator })
    await client.authenticate('x')
  })

  it('carries each round of a challenge to the client and back, and gives it the last token', async () => {
    const seen: string[][] = []
    await using fixture = await ProxyFixture.start({
      target: {
        challenges: [Buffer.from('first?'), Buffer.from('second?')],
        auth: (_token, all) => {
          seen.push(all.map(String))
          return true
        },
      },
      script: (_origin, target) => {
        target.on('authResponse', async (_request, next) => {
          const answer = await next()
          if (typeof answer !== 'object' || !('opcode' in answer) || answer.opcode !== Opcode.AUTH_SUCCESS)
            return answer
          return reply.authSuccess(Buffer.from('welcome'))
        })
      },
      clusters: { target: { credentials: T } },
    })
    seen.length = 0
    const client = await fixture.socket()
    await client.logIn()
    const first = await client.authenticate('hello')
    expect(authChallenge.decode(first.body, 4).token?.toString()).toBe('first?')
    const second = await client.authenticate('one')
    expect(authChallenge.decode(second.body, 4).token?.toString()).toBe('second?')
    const last = await client.authenticate('two')
    expect([opcodeOf(last), last.body]).toStrictEqual([
      'AUTH_SUCCESS',
      Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('welcome')]),
    ])
    expect(seen).toStrictEqual([['hello', 'one', 'two']])
    expect(resultOf(await client.query(INSERT))).toStrictEqual({ kind: 'void' })
    // Another connection of the same group: the same exchange once more.
    fixture.target.killConnections()
    await eventually(() => seen.some((all, i) => i > 0 && all[0] === 'hello'))
    expect(seen.filter((all) => all[0] === 'hello').at(-1)).toStrictEqual(['hello', 'one', 'two'])
  })

  it('gives up a cluster that never ends its challenges, and says which', async () => {
    await using fixture = await ProxyFixture.start({ target: { auth: () => true } })
    fixture.target.on('authResponse', () => reply.authChallenge(Buffer.from('again')))
    const client = await fixture.socket()
    await client.logIn()
    let answer = await client.authenticate('0')
    let rounds = 1
    for (; answer.header.opcode === Opcode.AUTH_CHALLENGE && rounds < 20; rounds++) {
      answer = await client.authenticate(String(rounds))
    }
    expect(errorOf(answer).message).toBe('target sent more than 5 login challenges')
    expect(rounds).toBe(7)
  })

  it('logs in to the other cluster with the configured credentials, and says so when they are missing or wrong', async () => {
    await using fixture = await ProxyFixture.start({ origin: { auth: O }, target: { auth: T } })
    const client = await fixture.socket()
    const answer = await client.logIn({ credentials: T })
    expect(errorOf(answer).message).toMatch(
      /^origin asks for a login \(.*PasswordAuthenticator\) and origin_username is not set$/,
    )
    await client.closed
    await using wrong = await ProxyFixture.start({
      origin: { auth: O },
      target: { auth: T },
      clusters: { origin: { credentials: T } },
    })
    const other = await wrong.socket()
    expect(errorOf(await other.logIn({ credentials: T }))).toStrictEqual({
      code: ErrorCode.BAD_CREDENTIALS,
      message: 'origin refused the login: Provided username and/or password are incorrect',
    })
  })

  it('answers each challenge of the other cluster with the configured credentials, and not for ever', async () => {
    const seen: string[] = []
    await using fixture = await ProxyFixture.start({
      origin: {
        authenticator: 'com.datastax.bdp.cassandra.auth.DseAuthenticator',
        challenges: [Buffer.from('PLAIN-START')],
        auth: (_token, all) => seen.push(all.join(' then ').replaceAll('\0', '/')) > 0,
      },
      target: { auth: T },
      clusters: { origin: { credentials: O }, target: { credentials: T } },
    })
    const client = await fixture.client({ credentials: T })
    expect(resultOf(await client.query(INSERT))).toStrictEqual({ kind: 'void' })
    expect(new Set(seen)).toStrictEqual(new Set([`PLAIN then ${plain(O)}`]))
    fixture.origin.on('authResponse', () => reply.authChallenge(Buffer.from('again')))
    const endless = await fixture.socket()
    expect(errorOf(await endless.logIn({ credentials: T })).message).toBe('origin sent more than 5 login challenges')
  })

  it('says so where the cluster does not take the same exchange a second time', async () => {
    await using fixture = await ProxyFixture.start({ target: { auth: T }, clusters: { target: { credentials: T } } })
    const client = await fixture.client({ credentials: T })
    fixture.target.on('authResponse', () => reply.authChallenge(Buffer.from('another nonce')))
    fixture.target.killConnections()
    await eventually(async () => {
      const { code, message } = errorOf(await client.query(INSERT))
      expect([code, message]).toStrictEqual([
        ErrorCode.OVERLOADED,
        "target cannot take the request: target did not accept the client's login a second time; nothing was sent",
      ])
    })
  })

  it('serves nothing before the login is proven', async () => {
    await using fixture = await ProxyFixture.start({ target: { auth: T } })
    const client = await fixture.socket()
    await client.logIn()
    const answer = await client.ask(query, { query: INSERT, parameters: { consistency: Consistency.ONE } })
    expect(errorOf(answer).message).toBe('unexpected QUERY, expected AUTH_RESPONSE')
    expect(errorOf(await client.ask(startup, { options: {} })).message).toBe(
      'unexpected STARTUP, expected AUTH_RESPONSE',
    )
    expect(opcodeOf(await client.ask(options, {}))).toBe('SUPPORTED')
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
  })
})

describe('a login that fails', () => {
  it.each(['origin', 'target'] as const)('names %s when it cannot be reached, and counts it', async (name) => {
    await using fixture = await ProxyFixture.start()
    await fixture[name].stop()
    const client = await fixture.socket()
    const { code, message } = errorOf(await client.logIn())
    expect(code).toBe(ErrorCode.SERVER_ERROR)
    expect(message).toMatch(new RegExp(`^${name}.*cannot connect to 127.0.0.1:${fixture[name].port}`))
    await client.closed
    const metrics = await fixture.metrics()
    expect(metrics.series('zdm_proxy_failed_connections_total')).toStrictEqual({
      'cluster="origin"': name === 'origin' ? 1 : 0,
      'cluster="target"': name === 'target' ? 1 : 0,
    })
  })

  it('passes on the code of a cluster that refuses STARTUP, whatever fields that error has', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.origin.on('startup', (_request, next) => next())
    fixture.target.on('startup', () => reply.error(ErrorCode.UNAVAILABLE, 'no replica of system_auth'))
    const client = await fixture.socket()
    expect(errorOf(await client.logIn())).toMatchObject({
      code: ErrorCode.UNAVAILABLE,
      message: 'target refused STARTUP: no replica of system_auth',
    })
    await client.closed
  })

  it('names the cluster that closes the connection or is silent', async () => {
    await using fixture = await ProxyFixture.start({ clusters: { target: { connectionTimeoutMs: 200 } } })
    fixture.target.on('startup', 'silence')
    const silent = await fixture.socket()
    expect(errorOf(await silent.logIn()).message).toMatch(/^target.* no answer .* within 200 ms/)
    fixture.target.on('startup', 'close')
    const closed = await fixture.socket()
    expect(errorOf(await closed.logIn()).message).toMatch(/^target.* was closed by the server/)
  })

  it('leaves no connection behind, neither of a refused client nor of one that went away meanwhile', async () => {
    await using fixture = await ProxyFixture.start({ target: { auth: T }, clusters: { target: { credentials: T } } })
    const refused = await fixture.socket()
    await refused.logIn({ credentials: O })
    const gone = await fixture.socket()
    await gone.logIn()
    await gone.close()
    const gate = fixture.origin.hold((request) => request.type === 'startup')
    const early = await fixture.socket()
    const login = early.logIn()
    await gate.arrived()
    await early.close()
    gate.release()
    await expect(login).rejects.toThrow('closed the connection')
    await eventually(() => {
      for (const server of fixture.servers) expect(server.connections).toHaveLength(1)
    })
  })

  it('closes a client that does not log in within the time for it', async () => {
    await using fixture = await ProxyFixture.start({ target: { auth: T }, options: { handshakeTimeoutMs: 1_000 } })
    const silent = await fixture.socket()
    const halfway = await fixture.socket()
    await halfway.logIn()
    const served = await RawClient.open(fixture.proxy.port, { credentials: T })
    await Promise.all([silent.closed, halfway.closed])
    expect(fixture.log.of('client-handshake-timeout')).toHaveLength(2)
    expect(served.isClosed).toBe(false)
    expect(resultOf(await served.query(INSERT))).toStrictEqual({ kind: 'void' })
    await served.close()
  })
})

describe('a login while the routing needs one cluster only', () => {
  it('works without the other cluster, which joins when it can be reached', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const { port } = fixture.target
    await fixture.target.stop()
    const client = await fixture.client()
    expect(resultOf(await client.query(INSERT))).toStrictEqual({ kind: 'void' })
    expect(fixture.log.of('client-without-cluster')).toMatchObject([{ cluster: 'target' }])
    const { ScriptedServer } = await import('@zdmkit/testkit')
    await using target = await ScriptedServer.start({ name: 'target', port })
    fixture.proxy.changeRouting({ writes: 'dual' })
    await eventually(async () => expect(resultOf(await client.query(INSERT))).toStrictEqual({ kind: 'void' }))
    expect(target.find(INSERT)).toHaveLength(1)
  })
})

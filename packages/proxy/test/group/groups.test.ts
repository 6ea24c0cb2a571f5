import { ErrorCode } from '@zdmkit/protocol'
import { eventually, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { ClientConnection } from '../../src/client/client-connection.ts'
import { type GroupSpec, groupKey } from '../../src/group/group.ts'
import { Groups } from '../../src/group/groups.ts'
import { anonymous, provenIdentity } from '../../src/login/identity.ts'
import type { ProxyContext } from '../../src/proxy-context.ts'
import { ORIGIN, TARGET } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, type RawClient, resultOf } from '../support/raw-client.ts'

const spec: GroupSpec = {
  version: 4,
  keyspace: null,
  startupOptions: { CQL_VERSION: '3.0.0' },
  identity: anonymous,
}

/** Connections of groups: all but the control connection's. */
function shared(server: ScriptedServer): number {
  return server.connections.length - 1
}

describe('groupKey', () => {
  const tokens = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text))

  it.each<[string, Partial<GroupSpec>]>([
    ['the protocol version', { version: 3 }],
    ['the keyspace', { keyspace: 'shop' }],
    ['an option of unknown meaning', { startupOptions: { ...spec.startupOptions, NEW_OPTION: '1' } }],
    ['NO_COMPACT', { startupOptions: { ...spec.startupOptions, NO_COMPACT: 'true' } }],
    ['THROW_ON_OVERLOAD', { startupOptions: { ...spec.startupOptions, THROW_ON_OVERLOAD: '1' } }],
    ['CQL_VERSION', { startupOptions: { CQL_VERSION: '3.4.5' } }],
    ['a login', { identity: provenIdentity(TARGET, tokens('a')) }],
  ])('separates clients by %s', (_what, part) => {
    expect(groupKey({ ...spec, ...part })).not.toBe(groupKey(spec))
  })

  it('separates logins by cluster and by every token, wherever one ends', () => {
    const identities = [
      provenIdentity(TARGET, tokens('ab', 'c')),
      provenIdentity(TARGET, tokens('a', 'bc')),
      provenIdentity(TARGET, tokens('abc')),
      provenIdentity(TARGET, tokens('ab', 'c', '')),
      provenIdentity(ORIGIN, tokens('ab', 'c')),
    ]
    expect(new Set(identities.map((identity) => groupKey({ ...spec, identity }))).size).toBe(identities.length)
    expect(groupKey({ ...spec, identity: provenIdentity(TARGET, tokens('ab', 'c')) })).toBe(
      groupKey({ ...spec, identity: identities[0] ?? anonymous }),
    )
  })

  it('does not tell the login', () => {
    const key = groupKey({ ...spec, identity: provenIdentity(TARGET, tokens('\0bob\0hunter2')) })
    expect(key).not.toContain('hunter2')
    expect(key).not.toContain(Buffer.from('hunter2').toString('base64').slice(0, 8))
  })

  it('is the same for the same options in another order', () => {
    const [first, second] = [
      { A: '1', B: '2' },
      { B: '2', A: '1' },
    ]
    expect(groupKey({ ...spec, startupOptions: first })).toBe(groupKey({ ...spec, startupOptions: second }))
  })

  it('is the same whatever a driver tells about itself: each session of some has an id of its own', () => {
    const described = {
      ...spec.startupOptions,
      DRIVER_NAME: 'DataStax Java driver',
      DRIVER_VERSION: '4.17.0',
      APPLICATION_NAME: 'shop',
      APPLICATION_VERSION: '1',
      CLIENT_ID: '7c9e1d36-6c5d-4c0f-8d0b-7f1c8d3e9a10',
    }
    expect(groupKey({ ...spec, startupOptions: described })).toBe(groupKey(spec))
  })
})

describe('Groups', () => {
  /** What a group without connections takes of the proxy. */
  const context = (nowMs: number): ProxyContext => ({ nowMs, options: {} }) as ProxyContext
  const named = (keyspace: string): GroupSpec => ({ ...spec, keyspace })

  it('are bounded: one more is refused, those there are found', () => {
    const groups = new Groups()
    const made = Array.from({ length: 1024 }, (_, i) => groups.obtain(context(0), named(`ks${i}`)))
    expect(() => groups.obtain(context(0), named('one more'))).toThrow(
      expect.objectContaining({
        code: 'PROXY_TOO_MANY_GROUPS',
        message: expect.stringMatching(/^1024 groups of cluster connections are open .* use fewer keyspaces$/),
      }),
    )
    expect(groups.obtain(context(0), named('ks7'))).toBe(made[7])
    expect(groups.find(named('one more'))).toBeUndefined()
    groups.close()
  })

  it('keep one without clients for 30 s, in which drivers come back', () => {
    const groups = new Groups()
    const idle = groups.obtain(context(1_000), named('idle'))
    const used = groups.obtain(context(1_000), named('used'))
    const client = {} as ClientConnection
    used.join(client)
    groups.sweep(30_999)
    expect([groups.find(named('idle')), groups.find(named('used'))]).toStrictEqual([idle, used])
    groups.sweep(31_000)
    expect([groups.find(named('idle')), groups.find(named('used'))]).toStrictEqual([undefined, used])
    used.leave(client)
    groups.sweep(31_000)
    expect(groups.find(named('used'))).toBeUndefined()
  })
})

describe('clients of one proxy', () => {
  it('share one connection to each cluster, however many they are', async () => {
    await using fixture = await ProxyFixture.start()
    const clients = await Promise.all(Array.from({ length: 100 }, () => fixture.client()))
    await Promise.all(clients.map((client, i) => client.query(`INSERT INTO ks.t (k) VALUES (${i})`)))
    await eventually(() => expect(fixture.servers.map(shared)).toStrictEqual([1, 1]))
    for (const server of fixture.servers) {
      const found = server.find(/INSERT/)
      expect([found.length, new Set(found.map(({ connection }) => connection)).size]).toStrictEqual([100, 1])
    }
    const metrics = await fixture.metrics()
    expect(metrics.get('zdm_client_connections_total')).toBe(100)
    for (const server of fixture.servers) {
      expect(metrics.get(`zdm_${server.name}_connections_total`, { node: `127.0.0.1:${server.port}` })).toBe(1)
    }
  })

  it('share as many connections as are configured, each client always the same one', async () => {
    await using fixture = await ProxyFixture.start({ options: { connectionsPerHost: 3 } })
    const clients = await Promise.all(Array.from({ length: 6 }, () => fixture.client()))
    await eventually(() => expect(fixture.servers.map(shared)).toStrictEqual([3, 3]))
    for (let round = 0; round < 3; round++) {
      await Promise.all(clients.map((client, i) => client.query(`INSERT INTO ks.t (k) VALUES (${i})`)))
    }
    for (const server of fixture.servers) {
      const byClient = clients.map((_client, i) => server.find(`INSERT INTO ks.t (k) VALUES (${i})`))
      for (const found of byClient) expect(new Set(found.map(({ connection }) => connection)).size).toBe(1)
      expect(new Set(byClient.map(([first]) => first?.connection)).size).toBe(3)
    }
  })

  it('share connections with the same user only', async () => {
    const users = ['alice', 'bob']
    const judge = (token: Buffer): boolean => users.some((user) => token.equals(Buffer.from(`\0${user}\0pw-${user}`)))
    await using fixture = await ProxyFixture.start({
      origin: { auth: { username: 'proxy', password: 'pw-proxy' } },
      target: { auth: (token) => judge(token) || token.equals(Buffer.from('\0proxy\0pw-proxy')) },
      clusters: {
        origin: { credentials: { username: 'proxy', password: 'pw-proxy' } },
        target: { credentials: { username: 'proxy', password: 'pw-proxy' } },
      },
    })
    const log = async (user: string): Promise<RawClient> =>
      fixture.client({ credentials: { username: user, password: `pw-${user}` } })
    const clients = [await log('alice'), await log('bob'), await log('alice'), await log('bob'), await log('alice')]
    await Promise.all(clients.map((client, i) => client.query(`INSERT INTO ks.t (k) VALUES (${i})`)))
    await eventually(() => expect(fixture.servers.map(shared)).toStrictEqual([2, 2]))
    const tokenOf = new Map(fixture.target.connections.map(({ number, authTokens }) => [number, String(authTokens[0])]))
    const used = fixture.target
      .find(/INSERT/)
      .map(({ text, connection }) => [text.slice(-2, -1), tokenOf.get(connection)])
    expect(Object.fromEntries(used)).toStrictEqual({
      0: '\0alice\0pw-alice',
      1: '\0bob\0pw-bob',
      2: '\0alice\0pw-alice',
      3: '\0bob\0pw-bob',
      4: '\0alice\0pw-alice',
    })
  })

  it('are told apart by a wrong password, also while the right one is in use', async () => {
    const right = { username: 'alice', password: 'right' }
    await using fixture = await ProxyFixture.start({
      target: { auth: right },
      clusters: { target: { credentials: right } },
    })
    await fixture.client({ credentials: right })
    const client = await fixture.socket()
    const answer = await client.logIn({ credentials: { username: 'alice', password: 'wrong' } })
    expect(errorOf(answer).code).toBe(ErrorCode.BAD_CREDENTIALS)
  })

  it('are each proven by the cluster: a login that was right once is asked again', async () => {
    let isKnown = true
    const alice = { username: 'alice', password: 'right' }
    await using fixture = await ProxyFixture.start({ target: { auth: () => isKnown } })
    await fixture.client({ credentials: alice })
    isKnown = false
    const client = await fixture.socket()
    expect(errorOf(await client.logIn({ credentials: alice })).code).toBe(ErrorCode.BAD_CREDENTIALS)
  })

  it('share connections with the same STARTUP options only', async () => {
    await using fixture = await ProxyFixture.start()
    const plain = await fixture.client()
    const compact = await fixture.client({ startupOptions: { NO_COMPACT: 'true' } })
    const old = await fixture.client({ version: 3 })
    const clients = [plain, compact, old]
    await Promise.all(clients.map((client, i) => client.query(`INSERT INTO ks.t (k) VALUES (${i})`)))
    for (const server of fixture.servers) {
      expect(new Set(server.find(/INSERT/).map(({ connection }) => connection)).size).toBe(3)
      const seen = server.find(/INSERT/).map(({ connection, version, text }) => {
        const { startupOptions = {} } = server.connections.find(({ number }) => number === connection) ?? {}
        return [text.slice(-2, -1), version, startupOptions['NO_COMPACT']]
      })
      expect(seen.sort()).toStrictEqual([
        ['0', 4, undefined],
        ['1', 4, 'true'],
        ['2', 3, undefined],
      ])
    }
  })
})

describe('USE', () => {
  it('moves the client, and nobody else, to connections of that keyspace', async () => {
    await using fixture = await ProxyFixture.start()
    const [mover, stayer] = [await fixture.client(), await fixture.client()]
    expect(resultOf(await mover.query('USE shop'))).toStrictEqual({ kind: 'set_keyspace', keyspace: 'shop' })
    await Promise.all([mover.query('INSERT INTO t (k) VALUES (1)'), stayer.query('INSERT INTO ks.t (k) VALUES (2)')])
    for (const server of fixture.servers) {
      expect(server.find(/INSERT/).map(({ text, keyspace }) => [text.slice(-2, -1), keyspace])).toStrictEqual(
        expect.arrayContaining([
          ['1', 'shop'],
          ['2', null],
        ]),
      )
      expect(shared(server)).toBe(2)
    }
  })

  it.each([
    ['USE Shop', 'shop', 'USE "shop"'],
    ['USE "Shop"', 'Shop', 'USE "Shop"'],
    ['use "a""b" ;', 'a"b', 'USE "a""b"'],
  ])('%s means keyspace %s on both clusters', async (text, keyspace, sent) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    expect(resultOf(await client.query(text))).toStrictEqual({ kind: 'set_keyspace', keyspace })
    for (const server of fixture.servers) {
      expect(server.find(/^use/i).map((request) => request.text)).toStrictEqual([sent])
    }
  })

  it('shares the connections of a keyspace', async () => {
    await using fixture = await ProxyFixture.start()
    const clients = [await fixture.client(), await fixture.client(), await fixture.client()]
    await Promise.all(clients.map((client) => client.query('USE shop')))
    await Promise.all(clients.map((client) => client.query('INSERT INTO t (k) VALUES (1)')))
    for (const server of fixture.servers) {
      await eventually(() => expect(shared(server)).toBe(2))
      expect(new Set(server.find(/INSERT/).map(({ connection }) => connection)).size).toBe(1)
    }
  })

  it.each(['origin', 'target'] as const)(
    'that %s refuses leaves the client where it was and gives it that error',
    async (name) => {
      await using fixture = await ProxyFixture.start({ [name]: { keyspaces: ['old'] } })
      const client = await fixture.client()
      await client.query('USE old')
      const answer = errorOf(await client.query('USE shop'))
      expect(answer).toMatchObject({
        code: ErrorCode.INVALID,
        message: `${name} refused USE "shop": Keyspace 'shop' does not exist`,
      })
      expect(resultOf(await client.query('INSERT INTO t (k) VALUES (1)'))).toStrictEqual({ kind: 'void' })
      for (const server of fixture.servers)
        expect(server.find(/INSERT/).map(({ keyspace }) => keyspace)).toStrictEqual(['old'])
      // Nothing keeps trying a keyspace that nobody is in.
      await eventually(() => expect(fixture.servers.map(shared)).toStrictEqual([2, 2]))
    },
  )

  it('needs a name, and one that a keyspace can have', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.target.prime(/^USE "x/, reply.error(ErrorCode.INVALID, 'too long'))
    const client = await fixture.client()
    expect(errorOf(await client.query('USE'))).toMatchObject({
      code: ErrorCode.SYNTAX_ERROR,
      message: 'USE needs the name of a keyspace',
    })
    // The refusal quotes the text, which no [string] of an ERROR could hold.
    fixture.origin.prime(/^USE "x/, reply.error(ErrorCode.INVALID, 'too long'))
    const long = errorOf(await client.query(`USE ${'x'.repeat(70_000)}`))
    expect([long.code, long.message.slice(7, 20)]).toStrictEqual([ErrorCode.INVALID, 'refused USE "'])
    expect(resultOf(await client.query('INSERT INTO ks.t (k) VALUES (1)'))).toStrictEqual({ kind: 'void' })
  })

  it('is not sent to a cluster that the routing does not need, until it is needed', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' }, target: { keyspaces: [] } })
    const client = await fixture.client()
    expect(resultOf(await client.query('USE shop'))).toStrictEqual({ kind: 'set_keyspace', keyspace: 'shop' })
    expect(resultOf(await client.query('INSERT INTO t (k) VALUES (1)'))).toStrictEqual({ kind: 'void' })
    fixture.proxy.changeRouting({ writes: 'dual' })
    const refusal = errorOf(await client.query('INSERT INTO t (k) VALUES (2)'))
    expect(refusal.code).toBe(ErrorCode.OVERLOADED)
    expect(refusal.message).toBe(
      `target cannot take the request: target refused USE "shop": Keyspace 'shop' does not exist; nothing was sent`,
    )
    expect(fixture.origin.find(/VALUES \(2\)/)).toStrictEqual([])
  })

  it('waits for a login under way to the same keyspace, and asks both clusters before it is answered', async () => {
    await using fixture = await ProxyFixture.start()
    const gate = fixture.target.hold('USE "shop"')
    const clients = [await fixture.client(), await fixture.client()]
    const answers = clients.map((client) => client.query('USE shop'))
    await gate.arrived()
    expect(clients.map(({ inFlight }) => inFlight)).toStrictEqual([1, 1])
    gate.release()
    for (const answer of answers) expect(resultOf(await answer).kind).toBe('set_keyspace')
  })

  it('asks every cluster needed by now, also while another client opens the same keyspace for fewer', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' }, target: { keyspaces: [] } })
    const gate = fixture.origin.hold('USE "shop"')
    const [early, late] = [await fixture.client(), await fixture.client()]
    const first = early.query('USE shop')
    await gate.arrived()
    fixture.proxy.changeRouting({ writes: 'dual' })
    const second = late.query('USE shop')
    await eventually(() => expect(fixture.target.find('USE "shop"').length).toBeGreaterThan(0))
    gate.release()
    expect(resultOf(await first).kind).toBe('set_keyspace')
    expect(errorOf(await second).message).toBe(`target refused USE "shop": Keyspace 'shop' does not exist`)
  })

  it('holds back requests that come behind it, which then run in the new keyspace', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const gate = fixture.origin.hold('USE "shop"')
    const use = client.query('USE shop')
    const insert = client.query('INSERT INTO t (k) VALUES (1)')
    await gate.arrived()
    expect(fixture.target.find(/INSERT/)).toStrictEqual([])
    gate.release()
    await use
    expect(resultOf(await insert)).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) expect(server.find(/INSERT/)).toMatchObject([{ keyspace: 'shop' }])
  })

  it('says which cluster is not there', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await fixture.target.stop()
    const { code, message } = errorOf(await client.query('USE shop'))
    expect(code).toBe(ErrorCode.SERVER_ERROR)
    expect(message).toMatch(/^target: cannot connect to /)
  })
})

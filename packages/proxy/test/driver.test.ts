import { eventually, reply } from '@zdmkit/testkit'
import cassandra from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from './support/proxy-fixture.ts'

const INSERT = 'INSERT INTO shop.orders (id, note) VALUES (?, ?)'
const SELECT = 'SELECT id, note FROM shop.orders'
const BY_KEY = 'SELECT note FROM shop.orders WHERE id = ?'

/** The Node.js driver as applications set it up, closed with the test. */
async function connect(
  fixture: ProxyFixture,
  options: Partial<cassandra.ClientOptions> = {},
): Promise<cassandra.Client & AsyncDisposable> {
  const client = new cassandra.Client({
    contactPoints: [`127.0.0.1:${fixture.proxy.port}`],
    localDataCenter: 'dc1',
    ...options,
  })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.shutdown() })
}

describe('the Node.js driver', () => {
  it('finds one node, which is the proxy', async () => {
    await using fixture = await ProxyFixture.start({ origin: { peers: [{ address: '10.9.9.9' }] } })
    await using client = await connect(fixture)
    expect(client.hosts.keys()).toStrictEqual([`127.0.0.1:${fixture.proxy.port}`])
    expect(client.getState().getConnectedHosts()).toHaveLength(1)
  })

  it('logs in by the target’s own authentication', async () => {
    const auth = { username: 'app', password: 'secret' }
    await using fixture = await ProxyFixture.start({ target: { auth }, clusters: { target: { credentials: auth } } })
    await using client = await connect(fixture, { credentials: auth })
    await client.execute('INSERT INTO shop.orders (id) VALUES (1)')
    expect(fixture.target.find(/INSERT/)).toHaveLength(1)
    const refused = new cassandra.Client({
      contactPoints: [`127.0.0.1:${fixture.proxy.port}`],
      localDataCenter: 'dc1',
      credentials: { username: 'app', password: 'wrong' },
    })
    await expect(refused.connect()).rejects.toMatchObject({
      innerErrors: { [`127.0.0.1:${fixture.proxy.port}`]: { name: 'AuthenticationError' } },
    })
    await refused.shutdown()
  })

  it('prepares, executes, batches and reads through it', async () => {
    await using fixture = await ProxyFixture.start()
    for (const server of fixture.servers) {
      server.describePrepared(/shop\.orders/, { variables: ['id int', 'note text'], pkIndices: [0], columns: [] })
      server.describePrepared(BY_KEY, { variables: ['id int'], pkIndices: [0], columns: ['note text'] })
      server.prime(BY_KEY, reply.rows(['note text'], [[`from ${server.name}`]]))
    }
    await using client = await connect(fixture, { keyspace: 'shop' })
    await client.execute(INSERT, [1, 'one'], { prepare: true })
    await client.batch(
      [
        { query: INSERT, params: [2, 'two'] },
        { query: INSERT, params: [3, 'three'] },
      ],
      { prepare: true },
    )
    await client.batch([{ query: "INSERT INTO shop.orders (id, note) VALUES (4, 'four')" }], { logged: false })
    expect((await client.execute(BY_KEY, [1], { prepare: true })).rows.map((row) => row['note'])).toStrictEqual([
      'from origin',
    ])
    fixture.proxy.changeRouting({ primary: 'target' })
    expect((await client.execute(BY_KEY, [1], { prepare: true })).rows.map((row) => row['note'])).toStrictEqual([
      'from target',
    ])
    for (const server of fixture.servers) {
      expect(server.find(INSERT)).toHaveLength(1)
      const batches = server.find((request) => request.type === 'batch')
      expect(batches.map(({ texts }) => texts)).toStrictEqual([
        [INSERT, INSERT],
        ["INSERT INTO shop.orders (id, note) VALUES (4, 'four')"],
      ])
      expect(new Set(batches.map(({ keyspace }) => keyspace))).toStrictEqual(new Set(['shop']))
    }
    // The driver’s own timestamps went through.
    const [origin, target] = fixture.servers.map((server) =>
      server.find(INSERT).map(({ message }) => 'parameters' in message && message.parameters.timestamp),
    )
    expect(origin).toStrictEqual(target)
  })

  it('pages through a table whose reads move meanwhile', async () => {
    await using fixture = await ProxyFixture.start()
    for (const server of fixture.servers) {
      const pages = Array.from({ length: 20 }, (_, page) => [[page, `${server.name} ${page}`]])
      server.primePages(SELECT, { columns: ['id int', 'note text'], pages })
    }
    await using client = await connect(fixture)
    const notes: string[] = []
    for await (const row of await client.execute(SELECT, [], { fetchSize: 1 })) {
      notes.push(String(row['note']))
      fixture.proxy.changeRouting({ targetReadPercent: notes.length % 2 ? 100 : 0 })
    }
    expect(notes).toStrictEqual(Array.from({ length: 20 }, (_, page) => `origin ${page}`))
  })

  it('hears errors as its own types, and repeats none that may have been applied', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 300 } })
    fixture.target.prime(/^UPDATE/, 'silence')
    await using client = await connect(fixture)
    await expect(client.execute('UPDATE shop.orders SET n = n + 1 WHERE id = 1')).rejects.toMatchObject({
      name: 'ResponseError',
      code: cassandra.types.responseErrorCodes.writeTimeout,
      writeType: 'SIMPLE',
    })
    for (const server of fixture.servers) expect(server.find(/^UPDATE/)).toHaveLength(1)
    await expect(client.execute('SELECT nothing FROM system.local')).rejects.toMatchObject({
      code: cassandra.types.responseErrorCodes.invalid,
      message: 'Undefined column name nothing',
    })
  })

  it('hears of a schema change and goes on after every connection to a cluster was lost', async () => {
    await using fixture = await ProxyFixture.start()
    await using client = await connect(fixture)
    await client.execute('CREATE TABLE shop.items (id int PRIMARY KEY)')
    for (const server of fixture.servers) expect(server.find(/^CREATE/)).toHaveLength(1)
    for (const server of fixture.servers) server.killConnections()
    const written = async (): Promise<boolean> =>
      client.execute('INSERT INTO shop.orders (id) VALUES (1)').then(
        () => true,
        () => false,
      )
    await eventually(written)
    expect(client.getState().getConnectedHosts()).toHaveLength(1)
  })

  it('shares its connections to the clusters with other sessions', async () => {
    await using fixture = await ProxyFixture.start()
    await using first = await connect(fixture, { pooling: { coreConnectionsPerHost: { 0: 4 } } })
    await using second = await connect(fixture, {
      pooling: { coreConnectionsPerHost: { 0: 4 } },
    })
    await Promise.all(
      [first, second].flatMap((client) =>
        Array.from({ length: 20 }, (_, i) => client.execute(`INSERT INTO shop.orders (id) VALUES (${i})`)),
      ),
    )
    for (const server of fixture.servers) {
      const found = server.find(/^INSERT/)
      expect([found.length, new Set(found.map(({ connection }) => connection)).size]).toStrictEqual([40, 1])
    }
  })
})

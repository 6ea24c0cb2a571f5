import { EmbeddedCassandra, eventually } from '@zdmkit/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  Cluster,
  RawSession,
  RING_START,
  type ScannedRow,
  scanTable,
  splitRing,
  type Table,
  types,
} from '../src/index.ts'
import { listNewest } from './readme-example.ts'

let server: EmbeddedCassandra
let cluster: Cluster

beforeAll(async () => {
  server = await EmbeddedCassandra.start({
    version: '4.0',
    dataCenter: 'dc1',
    clusterName: 'DSE_Cluster',
    auth: true,
    settings: { enable_materialized_views: true },
  })
  cluster = await Cluster.connect(addressOf(server))
  for (const cql of SCHEMA) await cluster.execute(cql)
})

afterAll(async () => {
  await cluster?.close()
  await server?.stop()
})

describe('Cluster', () => {
  it('knows who it is connected to and what it can do', () => {
    expect(cluster).toMatchObject({
      name: 'DSE_Cluster',
      dataCenter: 'dc1',
      partitioner: 'Murmur3Partitioner',
      supportsCollectionWriteTime: false,
      consistency: 'LOCAL_QUORUM',
    })
    expect(cluster.releaseVersion).toBe(server.releaseVersion)
    expect(cluster.nodes).toStrictEqual([{ host: '127.0.0.1', port: server.port }])
  })

  it('writes and reads values, 64-bit integers as bigint, at the write time given', async () => {
    const id = types.Uuid.random()
    await cluster.execute('INSERT INTO shop.simple (id, big, note) VALUES (?, ?, ?)', [id, 2n ** 60n, 'x'], {
      timestamp: 1_700_000_000_000_123n,
    })
    const rows = await cluster.execute('SELECT id, big, WRITETIME(big) AS at FROM shop.simple WHERE id = ?', [id])
    expect(rows).toStrictEqual([{ id, big: 2n ** 60n, at: 1_700_000_000_000_123n }])
    await cluster.execute('TRUNCATE shop.simple')
  })

  it('gives the rows of all pages, with pages of any size', async () => {
    const rows = await cluster.execute('SELECT column_name FROM system_schema.columns', [], { pageSize: 7 })
    const counted = await cluster.execute('SELECT COUNT(*) AS n FROM system_schema.columns')
    expect(counted).toStrictEqual([{ n: BigInt(rows.length) }])
  })

  it('lists tables without views, and views apart', async () => {
    expect(await cluster.listTables('shop')).toStrictEqual(['counts', 'simple', 'visits', 'wide'])
    expect(await cluster.listViews('shop')).toStrictEqual(['simple_by_note'])
  })

  it('reads the shape of a table', async () => {
    const table = await cluster.readTable('shop', 'visits')
    expect(table).toMatchObject({ defaultTtlSeconds: 600, gcGraceSeconds: 3600, isCounter: false, isView: false })
    expect(
      table.columns.map(({ name, type, kind, order, collection }) => [name, type, kind, order, collection]),
    ).toMatchInlineSnapshot(`
      [
        [
          "user",
          "uuid",
          "partition_key",
          "none",
          null,
        ],
        [
          "day",
          "date",
          "partition_key",
          "none",
          null,
        ],
        [
          "at",
          "timestamp",
          "clustering",
          "desc",
          null,
        ],
        [
          "plan",
          "text",
          "static",
          "none",
          null,
        ],
        [
          "Tags",
          "set<text>",
          "regular",
          "none",
          "set",
        ],
        [
          "both",
          "frozen<tuple<int, text>>",
          "regular",
          "none",
          null,
        ],
        [
          "home",
          "place",
          "regular",
          "none",
          "udt",
        ],
        [
          "note",
          "text",
          "regular",
          "none",
          null,
        ],
        [
          "stops",
          "list<text>",
          "regular",
          "none",
          "list",
        ],
        [
          "work",
          "frozen<place>",
          "regular",
          "none",
          null,
        ],
      ]
    `)
    expect(await cluster.readTable('shop', 'counts')).toMatchObject({ isCounter: true })
    expect(await cluster.readTable('shop', 'simple_by_note')).toMatchObject({ isView: true })
    expect(await cluster.readUserType('shop', 'place')).toStrictEqual({
      keyspace: 'shop',
      name: 'place',
      fields: [
        { name: 'street', type: 'text' },
        { name: 'zip', type: 'int' },
      ],
    })
  })

  it('names what is not there', async () => {
    await expect(cluster.readTable('shop', 'nothing')).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN_TABLE' })
    await expect(cluster.readTable('nowhere', 'x')).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN_KEYSPACE' })
    await expect(cluster.listTables('nowhere')).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN_KEYSPACE' })
    await expect(cluster.execute('SELEC')).rejects.toMatchObject({ code: 'CLUSTER_INVALID' })
  })

  it('says why it cannot connect', async () => {
    const address = addressOf(server)
    const wrong = { ...address, credentials: { username: 'cassandra', password: 'wrong' } }
    await expect(Cluster.connect(wrong)).rejects.toMatchObject({ code: 'CLUSTER_AUTH_FAILED' })
    await expect(Cluster.connect({ ...address, port: 1 })).rejects.toMatchObject({ code: 'CLUSTER_NO_HOST' })
    await expect(Cluster.connect({ ...address, localDataCenter: 'dc9' })).rejects.toMatchObject({
      code: 'CLUSTER_BAD_ADDRESS',
    })
    await expect(Cluster.connect({ ...address, contactPoints: [] })).rejects.toMatchObject({
      code: 'CLUSTER_BAD_ADDRESS',
    })
  })
})

describe('scanTable', () => {
  it('gives every row once, in token order, whatever ranges and page size', async () => {
    const table = await cluster.readTable('shop', 'simple')
    const ids = Array.from({ length: 200 }, () => types.Uuid.random())
    await Promise.all(ids.map((id) => cluster.execute('INSERT INTO shop.simple (id, note) VALUES (?, ?)', [id, 'n'])))
    for (const [count, pageSize] of [
      [1, 1000],
      [1, 7],
      [16, 1000],
    ] as const) {
      const rows = await scan(table, { ranges: splitRing(count), pageSize })
      const tokens = rows.map(({ token }) => token)
      expect(tokens).toStrictEqual([...tokens].sort((left, right) => (left < right ? -1 : 1)))
      expect(new Set(rows.map(({ key }) => key[0]?.toString('hex')))).toStrictEqual(
        new Set(ids.map((id) => id.getBuffer().toString('hex'))),
      )
      expect(rows).toHaveLength(ids.length)
    }
    const [first, ...others] = await scan(table, {})
    const after = await scan(table, { ranges: [{ start: first?.token ?? 0n, end: 2n ** 63n - 1n }] })
    expect(after).toHaveLength(others.length)
    const upTo = await scan(table, { ranges: [{ start: RING_START, end: first?.token ?? 0n }] })
    expect(upTo).toHaveLength(1)
  })

  it('reads write time and TTL of each cell, and leaves null what has none', async () => {
    const table = await cluster.readTable('shop', 'wide')
    await cluster.execute("INSERT INTO shop.wide (pk, ck, a) VALUES (1, 1, 'a') USING TIMESTAMP 100")
    await cluster.execute(
      "UPDATE shop.wide USING TIMESTAMP 200 AND TTL 500 SET b = 'b', bag = {'x': '1'} WHERE pk = 1 AND ck = 1",
    )
    const [row] = await scan(table, {})
    expect(row).toMatchObject({
      kind: 'row',
      writeTimes: [100n, 200n, null],
      ttls: [null, expect.closeTo(500, -1), null],
    })
    expect(row?.cells.map((cell) => cell?.toString('utf8').replace(/[^\x20-\x7f]/g, ''))).toStrictEqual([
      'a',
      'b',
      'x1',
    ])
    expect(row?.clustering).toStrictEqual([Buffer.of(0, 0, 0, 1)])
  })

  it('gives statics once per partition before its rows, over pages, and for partitions that have nothing else', async () => {
    const table = await cluster.readTable('shop', 'visits')
    const user = types.Uuid.random()
    for (let i = 0; i < 25; i++) {
      await cluster.execute('INSERT INTO shop.visits (user, day, at, note) VALUES (?, ?, ?, ?)', [
        user,
        '2026-01-01',
        new Date(i),
        'n',
      ])
    }
    await cluster.execute('UPDATE shop.visits SET plan = ? WHERE user = ? AND day = ?', ['gold', user, '2026-01-01'])
    const onlyStatic = types.Uuid.random()
    await cluster.execute('UPDATE shop.visits SET plan = ? WHERE user = ? AND day = ?', [
      'free',
      onlyStatic,
      '2026-01-01',
    ])
    const rows = await scan(table, { pageSize: 10 })
    const kindsOf = (id: types.Uuid) => rows.filter(({ key }) => key[0]?.equals(id.getBuffer())).map(({ kind }) => kind)
    expect(kindsOf(user)).toStrictEqual(['static', ...Array<string>(25).fill('row')])
    expect(kindsOf(onlyStatic)).toStrictEqual(['static'])
    const plans = rows.filter(({ kind }) => kind === 'static').map(({ cells }) => cells[0]?.toString())
    expect(plans.sort()).toStrictEqual(['free', 'gold'])
  })

  it('reads only the columns asked for and refuses unknown ones', async () => {
    const table = await cluster.readTable('shop', 'wide')
    const [row] = await scan(table, { columns: ['b'], writeTimes: false })
    expect(row).toMatchObject({ cells: [Buffer.from('b')], writeTimes: [null], ttls: [null] })
    await expect(scan(table, { columns: ['ck'] })).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN_COLUMN' })
  })

  it('runs the example of the README', async () => {
    const lines = await listNewest(addressOf(server), 'shop', 'wide')
    expect(lines).toStrictEqual([expect.stringMatching(/^shop\.wide row at token -?\d+: 200$/)])
  })
})

describe('RawSession', () => {
  it('prepares a statement again where the server forgot it', async () => {
    const raw = await cluster.raw()
    const statement = await raw.prepare('SELECT note FROM shop.simple LIMIT 3')
    expect((await raw.execute(statement, [])).rows).toHaveLength(3)
    // Adding a column makes the server drop what it prepared for the table.
    await cluster.execute('ALTER TABLE shop.simple ADD extra text')
    expect((await raw.execute(statement, [])).rows).toHaveLength(3)
    const insert = await raw.prepare('INSERT INTO shop.simple (id, note) VALUES (?, ?) USING TIMESTAMP ?')
    await cluster.execute('ALTER TABLE shop.simple ADD more text')
    const [id, at] = [types.Uuid.random(), Buffer.alloc(8, 1)]
    await raw.batch([
      { statement: insert, values: [id.getBuffer(), Buffer.from('one'), at] },
      { statement: insert, values: [id.getBuffer(), undefined, at] },
    ])
    expect(await cluster.execute('SELECT note FROM shop.simple WHERE id = ?', [id])).toStrictEqual([{ note: 'one' }])
  })

  it('pages until there is no paging state', async () => {
    const raw = await cluster.raw()
    const statement = await raw.prepare('SELECT column_name FROM system_schema.columns')
    const sizes: number[] = []
    for await (const page of raw.pages(statement, [], { pageSize: 50 })) sizes.push(page.rows.length)
    const counted = await cluster.execute('SELECT COUNT(*) AS n FROM system_schema.columns')
    expect(counted).toStrictEqual([{ n: BigInt(sizes.reduce((sum, size) => sum + size, 0)) }])
  })

  it('refuses a statement with a code, and everything once it is closed', async () => {
    const raw = await RawSession.open({
      nodes: [{ host: '127.0.0.1', port: server.port }],
      credentials: server.credentials,
    })
    await expect(raw.prepare('SELECT nothing FROM shop.simple')).rejects.toMatchObject({ code: 'CLUSTER_INVALID' })
    raw.close()
    await expect(raw.prepare('SELECT note FROM shop.simple')).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
  })

  it('times out while the node does not answer and goes on when it does', async () => {
    const address = addressOf(server)
    await using session = await RawSession.open({
      nodes: [{ host: '127.0.0.1', port: server.port }],
      credentials: address.credentials,
      requestTimeoutMs: 500,
    })
    const statement = await session.prepare('SELECT note FROM shop.simple LIMIT 1')
    server.nodes[0]?.pause()
    await expect(session.execute(statement, [])).rejects.toMatchObject({ code: 'CLUSTER_TIMEOUT' })
    server.nodes[0]?.resume()
    await eventually(async () => expect((await session.execute(statement, [])).rows).toHaveLength(1), {
      timeoutMs: 5000,
      everyMs: 50,
    })
  })
})

async function scan(table: Table, options: Partial<Parameters<typeof scanTable>[2]>): Promise<ScannedRow[]> {
  const rows: ScannedRow[] = []
  for await (const page of scanTable(cluster, table, { writeTimes: true, ...options })) rows.push(...page)
  return rows
}

function addressOf(started: EmbeddedCassandra) {
  const { contactPoints, port, credentials } = started
  return { contactPoints, port, localDataCenter: null, credentials }
}

const SCHEMA = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}",
  'CREATE TYPE shop.place (street text, zip int)',
  'CREATE TABLE shop.simple (id uuid PRIMARY KEY, note text, big bigint)',
  'CREATE MATERIALIZED VIEW shop.simple_by_note AS SELECT * FROM shop.simple WHERE note IS NOT NULL AND id IS NOT NULL ' +
    'PRIMARY KEY (note, id)',
  'CREATE TABLE shop.wide (pk int, ck int, a text, b text, bag map<text, text>, PRIMARY KEY (pk, ck))',
  'CREATE TABLE shop.counts (id int PRIMARY KEY, n counter)',
  'CREATE TABLE shop.visits (user uuid, day date, at timestamp, plan text static, note text, "Tags" set<text>, ' +
    'stops list<text>, home place, work frozen<place>, both tuple<int, text>, ' +
    'PRIMARY KEY ((user, day), at)) WITH CLUSTERING ORDER BY (at DESC) AND default_time_to_live = 600 ' +
    'AND gc_grace_seconds = 3600',
]

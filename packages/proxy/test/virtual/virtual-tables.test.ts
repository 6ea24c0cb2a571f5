import { type ColumnSpec, ErrorCode, type RowsResult } from '@zdmkit/protocol'
import { hex, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { preparedId } from '../../src/prepared/prepared-cache.ts'
import { inetBytes, virtualNode } from '../../src/virtual/virtual-node.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { type Answer, errorOf, preparedOf, type RawClient, rowsOf } from '../support/raw-client.ts'

type Ask = (client: RawClient, text: string, values?: Buffer[]) => Promise<Answer>

/** Both ways to ask; PREPARE's refusal is the answer where there is one. */
const ways: readonly [string, Ask][] = [
  ['QUERY', (client, text, values) => client.query(text, values ? { values } : {})],
  [
    'PREPARE and EXECUTE',
    async (client, text, values) => {
      const prepared = await client.prepare(text)
      return prepared.header.opcode === 0 ? prepared : client.execute(preparedOf(prepared).id, values)
    },
  ],
]

/** The rows as objects of raw cells. */
function objects(result: RowsResult): Record<string, Buffer | null>[] {
  const columns = result.metadata.columns ?? []
  return result.rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])))
}

function columnNames(result: RowsResult): string[] {
  return (result.metadata.columns ?? []).map(({ name }) => name)
}

const peers = [{ address: '127.0.0.9' }, { address: '127.0.0.10' }]

describe.each(ways)('system.local and system.peers by %s', (_way, ask) => {
  it('show one node, which is the proxy, in the cluster that the origin is', async () => {
    await using fixture = await ProxyFixture.start({ origin: { peers } })
    const client = await fixture.client()
    const [local = {}] = objects(rowsOf(await ask(client, 'SELECT * FROM system.local')))
    const node = virtualNode({
      address: '127.0.0.1',
      isListed: false,
      port: fixture.proxy.port,
      index: 0,
      count: 1,
      tokenCount: 8,
    })
    expect(local).toMatchObject({
      key: Buffer.from('local'),
      cluster_name: Buffer.from('Origin Cluster'),
      data_center: Buffer.from('dc1'),
      release_version: Buffer.from('4.0.18'),
      partitioner: Buffer.from('org.apache.cassandra.dht.Murmur3Partitioner'),
      rack: Buffer.from('rack0'),
      host_id: node.hostId,
      rpc_address: inetBytes('127.0.0.1'),
      broadcast_address: inetBytes('127.0.0.1'),
      listen_address: inetBytes('127.0.0.1'),
      truncated_at: null,
    })
    expect(local['rpc_port']?.readInt32BE(0)).toBe(fixture.proxy.port)
    expect(local['tokens']?.readInt32BE(0)).toBe(8)
    const found = rowsOf(await ask(client, 'SELECT * FROM system.peers'))
    expect([found.rows, columnNames(found)]).toStrictEqual([[], expect.arrayContaining(['peer', 'host_id', 'tokens'])])
    // No cluster was asked: the control connection knows.
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
  })

  it.each<[string, string[]]>([
    ['SELECT cluster_name FROM system.local', ['cluster_name']],
    ['SELECT release_version, cluster_name , key FROM system.local', ['release_version', 'cluster_name', 'key']],
    ['SELECT cluster_name AS name, key as "K" FROM system.local', ['name', 'K']],
    ['SELECT key, key FROM system.local', ['key', 'key']],
    ['select KEY, "key" from SYSTEM."local" where KEY = \'local\';', ['key', 'key']],
    ['SELECT peer, tokens FROM system.peers', ['peer', 'tokens']],
  ])('give the columns that are asked for, under the names that are asked for: %s', async (text, expected) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const found = rowsOf(await ask(client, text))
    expect(columnNames(found)).toStrictEqual(expected)
    expect(found.rows.map((row) => row.length)).toStrictEqual(text.includes('peers') ? [] : [expected.length])
    expect(found.metadata.columns?.every(({ keyspace }: ColumnSpec) => keyspace === 'system')).toBe(true)
  })

  it.each<[string, number, string]>([
    ['SELECT count(*) FROM system.local', 1, 'count'],
    ['SELECT COUNT(1) AS n FROM system.local', 1, 'n'],
    ['SELECT count(*) FROM system.peers', 0, 'count'],
    ["SELECT count(*) FROM system.local WHERE key = 'other'", 0, 'count'],
  ])('count rows as a bigint, in one row: %s', async (text, expected, name) => {
    await using fixture = await ProxyFixture.start({ origin: { peers } })
    const client = await fixture.client()
    const found = rowsOf(await ask(client, text))
    expect(found.metadata.columns?.map((column) => [column.name, column.type.kind])).toStrictEqual([[name, 'bigint']])
    expect(found.rows.map(([cell]) => cell?.readBigInt64BE(0))).toStrictEqual([BigInt(expected)])
  })

  it('count beside a column, as servers do with the first row', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const found = rowsOf(await ask(client, 'SELECT key, count(*) FROM system.local'))
    expect(found.rows).toStrictEqual([[Buffer.from('local'), hex('00000000 00000001')]])
    const none = rowsOf(await ask(client, 'SELECT peer, count(*) FROM system.peers'))
    expect(none.rows).toStrictEqual([[null, hex('00000000 00000000')]])
  })

  it.each<[string, number]>([
    ["SELECT key FROM system.local WHERE key = 'local'", 1],
    ["SELECT key FROM system.local WHERE key = 'other'", 0],
    ["SELECT key FROM system.local WHERE key='local' AND rpc_address='127.0.0.1' ALLOW FILTERING", 1],
    ["SELECT key FROM system.local WHERE rpc_address = '10.0.0.1' ALLOW FILTERING", 0],
    ['SELECT key FROM system.local LIMIT 1', 1],
    ["SELECT key FROM system.local WHERE truncated_at = 'x' ALLOW FILTERING", 0],
    ["SELECT peer FROM system.peers WHERE peer = '127.0.0.9'", 0],
  ])('answer conditions: %s has %i rows', async (text, count) => {
    await using fixture = await ProxyFixture.start({ origin: { peers } })
    const client = await fixture.client()
    const answer = await ask(client, text)
    // A literal that no such column can have is refused, as a server does.
    if (text.includes('truncated_at')) expect(errorOf(answer).code).toBe(ErrorCode.INVALID)
    else expect(rowsOf(answer).rows).toHaveLength(count)
  })

  it('answer conditions on bound values, by place and by name', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = 'SELECT key FROM system.local WHERE key = ? AND rpc_address = ? ALLOW FILTERING'
    const values = [Buffer.from('local'), inetBytes('127.0.0.1')]
    expect(rowsOf(await ask(client, text, values)).rows).toHaveLength(1)
    expect(rowsOf(await ask(client, text, [Buffer.from('local'), inetBytes('127.0.0.2')])).rows).toHaveLength(0)
    for (const missing of [undefined, [Buffer.from('local')]]) {
      expect(errorOf(await ask(client, text, missing))).toMatchObject({
        code: ErrorCode.INVALID,
        message: expect.stringMatching(/^no usable value for column /),
      })
    }
  })

  it.each<[string, string]>([
    ['SELECT nothing FROM system.local', 'Undefined column name nothing'],
    ['SELECT key AS k, nothing AS n FROM system.local', 'Undefined column name nothing'],
    ["SELECT key FROM system.local WHERE nothing = 'x'", 'Undefined column name nothing'],
    ['SELECT graph FROM system.local', 'Undefined column name graph'],
    ['SELECT * FROM system.peers_v2', 'unconfigured table peers_v2'],
    ['SELECT peer FROM "system".peers_v2', 'unconfigured table peers_v2'],
    [
      'SELECT JSON key FROM system.local',
      'JSON is not supported on system.local through the proxy; select its columns by name',
    ],
    [
      'SELECT DISTINCT key FROM system.local',
      'DISTINCT is not supported on system.local through the proxy; select its columns by name',
    ],
    [
      'SELECT cast(key AS text) FROM system.local',
      'function cast in the select clause is not supported on system.local through the proxy; select its columns by name',
    ],
  ])('refuse what a server would or what is not known here, and never with silence: %s', async (text, message) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    expect(errorOf(await ask(client, text))).toStrictEqual({ code: ErrorCode.INVALID, message })
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
  })

  it('survive names that fit into no [string]', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const long = 'x'.repeat(70_000)
    for (const text of [
      `SELECT ${long} FROM system.local`,
      `SELECT key AS ${long} FROM system.local`,
      `SELECT count(*) AS ${long} FROM system.peers`,
      `SELECT key FROM system.local WHERE ${long} = 1`,
      `SELECT ${long}(key) FROM system.local`,
      `SELECT key FROM system.local WHERE key = :${long}`,
    ]) {
      expect(errorOf(await ask(client, text)).code).toBe(ErrorCode.INVALID)
    }
    expect(rowsOf(await ask(client, 'SELECT key FROM system.local')).rows).toHaveLength(1)
  })

  it('are found without their keyspace from within it, and other tables of these names are not theirs', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.query('USE system')
    expect(rowsOf(await ask(client, 'SELECT key FROM local')).rows).toHaveLength(1)
    await client.query('USE shop')
    for (const text of ['SELECT v FROM local', 'SELECT v FROM shop.peers']) rowsOf(await ask(client, text))
    expect(fixture.origin.find(/^SELECT v/)).toHaveLength(2)
  })

  it.each([3, 4] as const)('are the same in version %i', async (version) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client({ version })
    const [local = {}] = objects(rowsOf(await ask(client, 'SELECT * FROM system.local')))
    expect(local['cluster_name']).toStrictEqual(Buffer.from('Origin Cluster'))
  })
})

describe('the virtual node', () => {
  it('has the address and host id of proxy_topology_addresses, and as many tokens as are configured', async () => {
    await using fixture = await ProxyFixture.start({ options: { topologyAddress: '10.0.0.7', topologyTokens: 3 } })
    const client = await fixture.client()
    const [local = {}] = objects(rowsOf(await client.query('SELECT rpc_address, host_id, tokens FROM system.local')))
    const { hostId } = virtualNode({ address: '10.0.0.7', isListed: true, port: 0, index: 0, count: 1, tokenCount: 3 })
    expect([local['rpc_address'], local['host_id'], local['tokens']?.readInt32BE(0)]).toStrictEqual([
      inetBytes('10.0.0.7'),
      hostId,
      3,
    ])
  })

  it.each(['0.0.0.0', 'localhost'])(
    'of a proxy that listens on %s has an address that drivers can use',
    async (listenHost) => {
      await using fixture = await ProxyFixture.start({ options: { listenHost } })
      const client = await fixture.client()
      const [local = {}] = objects(rowsOf(await client.query('SELECT rpc_address FROM system.local')))
      expect(local['rpc_address']).toStrictEqual(inetBytes('127.0.0.1'))
    },
  )

  it.each(['origin', 'target'] as const)(
    'belongs to the cluster of system_queries_mode %s, and keeps to it whatever the routing',
    async (systemQueries) => {
      await using fixture = await ProxyFixture.start({ options: { systemQueries } })
      const client = await fixture.client()
      const name = async (): Promise<string> =>
        String(rowsOf(await client.query('SELECT cluster_name, data_center FROM system.local')).rows[0]?.map(String))
      const expected = systemQueries === 'origin' ? 'Origin Cluster,dc1' : 'Target Cluster,dc2'
      expect(await name()).toBe(expected)
      // A data center that changes under a driver makes it drop its node.
      fixture.proxy.changeRouting({ writes: 'target', primary: 'target' })
      expect(await name()).toBe(expected)
    },
  )

  it('has the columns of the cluster, whatever its release', async () => {
    await using old = await ProxyFixture.start({ origin: { releaseVersion: '3.11.19' } })
    const found = rowsOf(await (await old.client()).query('SELECT * FROM system.local'))
    expect(columnNames(found)).not.toContain('rpc_port')
    await using modern = await ProxyFixture.start({ origin: { releaseVersion: '5.0.6' } })
    const more = rowsOf(await (await modern.client()).query('SELECT * FROM system.local'))
    expect(columnNames(more)).toContain('rpc_port')
  })

  it('is told by the other cluster while the first was never reached, and refused while neither was', async () => {
    await using target = await ScriptedServer.start()
    await using fixture = await ProxyFixture.start({
      clusters: { origin: { port: 1, connectionTimeoutMs: 200 } },
      routing: { writes: 'target', primary: 'target', targetReadPercent: 100 },
    })
    expect(target.requests).toStrictEqual([])
    const client = await fixture.client()
    expect(rowsOf(await client.query('SELECT cluster_name FROM system.local')).rows).toStrictEqual([
      [Buffer.from('Target Cluster')],
    ])
  })
})

describe('PREPARE of a virtual select', () => {
  it('describes its variables by the columns they are compared with', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = 'SELECT key AS k FROM system.local WHERE key = ? AND rpc_address = :address'
    const prepared = preparedOf(await client.prepare(text))
    expect(prepared.id).toStrictEqual(preparedId(text, null))
    expect(prepared.variables.columns.map(({ name, type }) => [name, type.kind])).toStrictEqual([
      ['key', 'varchar'],
      ['address', 'inet'],
    ])
    expect(prepared.metadata.columns?.map(({ name }) => name)).toStrictEqual(['k'])
    const values = [inetBytes('127.0.0.1'), Buffer.from('local')]
    expect(rowsOf(await client.execute(prepared.id, values, { names: ['address', 'key'] })).rows).toHaveLength(1)
  })
})

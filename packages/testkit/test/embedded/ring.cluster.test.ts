import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Consistency, type Result } from '@zdmkit/protocol'
import { CqlConnection } from '@zdmkit/transport'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EmbeddedCassandra, eventually } from '../../src/index.ts'
import { findListeners } from '../support/processes.ts'

describe('a ring of three nodes of 4.0 with authentication', () => {
  let cluster: EmbeddedCassandra

  beforeAll(async () => {
    cluster = await EmbeddedCassandra.start({
      version: '4.0',
      nodes: 3,
      auth: true,
      jmx: true,
      dataCenter: 'dc1',
      settings: { read_request_timeout_in_ms: 1_000 },
    })
  })

  afterAll(async () => {
    await cluster?.stop()
  })

  it('has three nodes on the same port, each a third of the ring', async () => {
    expect(cluster.contactPoints).toStrictEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3'])
    await using connection = await open()
    const peers = await connection.query('SELECT data_center, tokens FROM system.peers')
    expect(peers.kind === 'rows' && peers.rows.map(([dataCenter]) => String(dataCenter))).toStrictEqual(['dc1', 'dc1'])
    const local = await connection.query('SELECT tokens FROM system.local')
    expect(local.kind === 'rows' && String(local.rows[0]?.[0])).toContain('-6148914691236517206')
  })

  it('refuses a wrong password and no password', async () => {
    const { port } = cluster
    const credentials = { username: 'cassandra', password: 'wrong' }
    for (const options of [{ credentials }, {}]) {
      await expect(CqlConnection.open({ host: '127.0.0.1', port, ...options })).rejects.toMatchObject({
        code: 'TRANSPORT_AUTH_FAILED',
      })
    }
  })

  it('listens on loopback only', async () => {
    for (const { pid } of cluster.nodes) {
      const addresses = await findListeners(pid)
      // For clients, for other nodes, for JMX.
      expect(addresses.length).toBeGreaterThanOrEqual(3)
      for (const address of addresses) expect(address).toMatch(/^0[123]00007F:/)
    }
  })

  it('lets nodetool in by the password of this run, and nobody without it', async () => {
    const [node] = cluster.nodes
    expect(await node?.nodetool(['statusbinary'])).toContain('running')
    await expect(node?.nodetool(['no-such-command'])).rejects.toMatchObject({ code: 'EMBEDDED_NODETOOL_FAILED' })
    const right = await readFile(join(cluster.directory, 'node1', 'conf', 'jmx.password'), 'utf8')
    expect(right).toMatch(/^zdm [\w-]{24}\n$/)
    const wrong = join(cluster.directory, 'wrong.password')
    await writeFile(wrong, 'zdm wrong\n')
    // The second file takes the place of the first.
    await expect(node?.nodetool(['-pwf', wrong, 'statusbinary'])).rejects.toThrow('Invalid username or password')
  })

  it('answers at consistency ALL, not while a node is down, and again when it is back with its data', async () => {
    await using connection = await open()
    const all = { consistency: Consistency.ALL }
    await connection.query("CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}")
    await connection.query('CREATE TABLE ks.t (k int PRIMARY KEY, v int)')
    // The other nodes learn of the table a moment later.
    await eventually(() => connection.query('INSERT INTO ks.t (k, v) VALUES (1, 2)', all))
    const [, second] = cluster.nodes
    await second?.kill()
    expect(second?.isRunning).toBe(false)
    expect(() => second?.pause()).toThrow(expect.objectContaining({ code: 'EMBEDDED_NODE_NOT_RUNNING' }))
    const address = { host: second?.host ?? '', port: cluster.port }
    await expect(CqlConnection.open(address)).rejects.toMatchObject({ code: 'TRANSPORT_CONNECT_FAILED' })
    const read = (): Promise<Result> => connection.query('SELECT v FROM ks.t WHERE k = 1', all)
    // READ_TIMEOUT, and UNAVAILABLE once the others have noticed, which takes them 20 s.
    await expect(read()).rejects.toMatchObject({ code: 'TRANSPORT_SERVER_ERROR' })
    await second?.restart()
    expect(second?.isRunning).toBe(true)
    const result = await eventually(read, { timeoutMs: 30_000, everyMs: 200 })
    expect(result.kind === 'rows' && result.rows[0]?.[0]?.readInt32BE()).toBe(2)
  })

  it('says nothing while a node is paused, and goes on when it is resumed', async () => {
    const [, , third] = cluster.nodes
    await using connection = await open(2)
    await using other = await open(0)
    third?.pause()
    let isAnswered = false
    const asked = connection.query('SELECT key FROM system.local').then(() => {
      isAnswered = true
    })
    await other.query('SELECT key FROM system.local')
    expect(isAnswered).toBe(false)
    third?.resume()
    await asked
    expect(isAnswered).toBe(true)
  })

  function open(index = 0): Promise<CqlConnection> {
    const { credentials, contactPoints, port } = cluster
    return CqlConnection.open({ host: contactPoints[index] ?? '', port, credentials })
  }
})

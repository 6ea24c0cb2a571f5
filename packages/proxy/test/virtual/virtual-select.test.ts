import { ErrorCode } from '@zdmkit/protocol'
import { hex, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, rowsOf } from '../support/raw-client.ts'

const NOW = hex('50554d6e 29bb 11e5 b345 feff819cdc9f')

describe('a select of system.local that asks for what a server makes up', () => {
  for (const text of ['SELECT now() FROM system.local', 'SELECT toTimestamp(now()) AS at FROM system.local']) {
    it(`is answered by the cluster of the system queries: ${text}`, async () => {
      await using fixture = await ProxyFixture.start({ options: { systemQueries: 'target' } })
      for (const server of fixture.servers) server.prime(text, reply.rows(['system.now() timeuuid'], [[NOW]]))
      const client = await fixture.client()
      expect(rowsOf(await client.query(text)).rows).toStrictEqual([[NOW]])
      const id = await client.prepareId(text)
      expect(rowsOf(await client.execute(id)).rows).toStrictEqual([[NOW]])
      expect(fixture.origin.find(text).filter(({ type }) => type !== 'prepare')).toStrictEqual([])
    })
  }

  it('is so in the keyspace system too', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.origin.prime('SELECT now() FROM local', reply.rows(['system.now() timeuuid'], [[NOW]]))
    const client = await fixture.client()
    await client.query('USE system')
    expect(rowsOf(await client.query('SELECT now() FROM local')).rows).toStrictEqual([[NOW]])
  })
})

describe('a select of a virtual table that asks for anything else the proxy has not', () => {
  for (const text of [
    'SELECT JSON * FROM system.local',
    'SELECT writetime(cluster_name) FROM system.local',
    'SELECT peer, now() FROM system.peers',
    "SELECT rpc_address FROM system.local WHERE key IN ('local')",
  ]) {
    it(`is refused and reaches no cluster: ${text}`, async () => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client()
      for (const answer of [await client.query(text), await client.prepare(text)]) {
        expect(errorOf(answer)).toMatchObject({
          code: ErrorCode.INVALID,
          message: expect.stringMatching(/ is not supported on system\.(local|peers) through the proxy; /),
        })
      }
      for (const server of fixture.servers) expect(server.find(text)).toStrictEqual([])
    })
  }
})

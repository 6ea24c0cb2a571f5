import { ErrorCode } from '@zdmkit/protocol'
import { eventually, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf } from '../support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'

describe('a link', () => {
  it.each(['origin', 'target'] as const)(
    'opens a connection again when %s is back, and no client has to do anything',
    async (name) => {
      await using fixture = await ProxyFixture.start()
      const clients = await Promise.all([fixture.client(), fixture.client()])
      await clients[0]?.query('USE shop')
      const { port } = fixture[name]
      await fixture[name].stop()
      await eventually(() => fixture.log.of('cluster-connection-failed').length > 1)
      await using again = await ScriptedServer.start({ name, port })
      for (const client of clients) {
        await eventually(async () => expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' }), {
          timeoutMs: 10_000,
        })
      }
      // Each in the keyspace it was in.
      const found = again.find(WRITE).map(({ keyspace }) => keyspace)
      expect(new Set(found)).toStrictEqual(new Set(['shop', null]))
      expect(clients.map(({ isClosed }) => isClosed)).toStrictEqual([false, false])
    },
  )

  it('logs in again with the client’s own login', async () => {
    const alice = { username: 'alice', password: 'pw' }
    await using fixture = await ProxyFixture.start({
      target: { auth: alice },
      clusters: { target: { credentials: alice } },
    })
    const client = await fixture.client({ credentials: alice })
    fixture.target.killConnections()
    await eventually(async () => expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' }))
    const { connection } = fixture.target.find(WRITE).at(-1) ?? {}
    const used = fixture.target.connections.find(({ number }) => number === connection)
    expect(used?.authTokens.map(String)).toStrictEqual(['\0alice\0pw'])
  })

  it('does not serve clients that nobody asked for a login once the cluster asks for one', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const { port } = fixture.target
    await fixture.target.stop()
    await using strict = await ScriptedServer.start({ name: 'target', port, auth: () => true })
    await eventually(async () => {
      const { code, message } = errorOf(await client.query(WRITE))
      expect([code, message]).toStrictEqual([
        ErrorCode.OVERLOADED,
        'target cannot take the request: target asks for a login now; connect again; nothing was sent',
      ])
    })
    expect(strict.find(WRITE)).toStrictEqual([])
  })

  it('tries each contact point in turn, and spreads connections over those that answer', async () => {
    // Two addresses of one port, the first of which has nobody.
    await using node = await ScriptedServer.start({ name: 'origin', host: '127.0.0.2' })
    const { port } = node
    await using fixture = await ProxyFixture.start({
      clusters: { origin: { contactPoints: ['127.0.0.1', '127.0.0.2'], port } },
      options: { connectionsPerHost: 4 },
    })
    const client = await fixture.client()
    expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' })
    await eventually(async () => {
      const metrics = await fixture.metrics()
      expect(metrics.get('zdm_origin_connections_total', { node: `127.0.0.2:${port}` })).toBe(4)
    })
    expect(
      (await fixture.metrics()).get('zdm_origin_failed_connections_total', { node: `127.0.0.1:${port}` }),
    ).toBeGreaterThan(0)
  })
})

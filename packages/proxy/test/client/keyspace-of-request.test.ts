import { eventually } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

const PREPARED = 'INSERT INTO t (k) VALUES (?)'
const TEXT = 'INSERT INTO t (k) VALUES (1)'
const KEY = Buffer.from([1])

describe('a request that waits for PREPARE while its client changes the keyspace', () => {
  it('goes to the keyspace in which it was sent, when a cluster joined the routing', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    resultOf(await client.query('USE first'))
    const id = await client.prepareId(PREPARED)
    fixture.proxy.changeRouting({ writes: 'dual' })
    const gate = fixture.target.hold((request) => request.type === 'prepare')
    const answer = client.batch([
      { id, values: [KEY] },
      { query: TEXT, values: [] },
    ])
    await gate.arrived()
    resultOf(await client.query('USE second'))
    gate.release()
    resultOf(await answer)
    expect(keyspacesOfBatches(fixture)).toStrictEqual([['first'], ['first']])
  })

  it('goes there again, when a cluster forgot its statement', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    resultOf(await client.query('USE first'))
    const id = await client.prepareId(PREPARED)
    fixture.target.forgetPrepared()
    const gate = fixture.target.hold((request) => request.type === 'prepare')
    const answer = client.batch([
      { id, values: [KEY] },
      { query: TEXT, values: [] },
    ])
    await gate.arrived()
    resultOf(await client.query('USE second'))
    gate.release()
    resultOf(await answer)
    await eventually(() => keyspacesOfBatches(fixture)[1]?.length === 2)
    expect(keyspacesOfBatches(fixture)).toStrictEqual([['first'], ['first', 'first']])
  })
})

function keyspacesOfBatches(fixture: ProxyFixture): (string | null)[][] {
  return fixture.servers.map((server) =>
    server.requests
      .filter(({ type }) => type === 'batch')
      .map(({ connection }) => server.connections.find(({ number }) => number === connection)?.keyspace ?? null),
  )
}

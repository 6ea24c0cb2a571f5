import type { ReceivedRequest } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { preparedOf, rowsOf } from '../support/raw-client.ts'

const SELECT = 'SELECT * FROM ks.t WHERE k = ?'
const before = { variables: ['k int'], columns: ['k int', 'v text'] }
const after = { variables: ['k int'], columns: ['added int', 'k int', 'v text'] }
const key = [Buffer.from([0, 0, 0, 1])]

function skipsMetadata(request: ReceivedRequest | undefined): boolean | undefined {
  return request?.type === 'execute' ? (request.message.parameters.skipMetadata ?? false) : undefined
}

describe('a prepared SELECT whose columns the client asks to leave out', () => {
  it('is left as it is while the clusters agree', async () => {
    await using fixture = await ProxyFixture.start()
    for (const server of fixture.servers) server.describePrepared(SELECT, before)
    const client = await fixture.client()
    const { id } = preparedOf(await client.prepare(SELECT))
    const rows = rowsOf(await client.execute(id, key, { skipMetadata: true }))
    expect(rows.metadata.columns).toBeNull()
    expect(skipsMetadata(fixture.origin.find(SELECT).at(-1))).toBe(true)
  })

  it('describes them once the table was changed and the cluster forgot the statement', async () => {
    await using fixture = await ProxyFixture.start()
    for (const server of fixture.servers) server.describePrepared(SELECT, before)
    const client = await fixture.client()
    const { id } = preparedOf(await client.prepare(SELECT))
    fixture.origin.describePrepared(SELECT, after)
    fixture.origin.forgetPrepared(SELECT)
    // The statement is prepared again behind the client's back, and the client still has the old columns.
    for (let i = 0; i < 2; i++) {
      const rows = rowsOf(await client.execute(id, key, { skipMetadata: true }))
      expect(rows.metadata.columns?.map(({ name }) => name)).toStrictEqual(['added', 'k', 'v'])
      expect(skipsMetadata(fixture.origin.find(SELECT).at(-1))).toBe(false)
    }
  })

  it('describes them where the clusters have other columns, behind a custom payload too', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.origin.describePrepared(SELECT, before)
    fixture.target.describePrepared(SELECT, after)
    const client = await fixture.client()
    const { id, metadata } = preparedOf(await client.prepare(SELECT))
    expect(metadata.columns?.map(({ name }) => name)).toStrictEqual(['k', 'v'])
    fixture.proxy.changeRouting({ targetReadPercent: 100 })
    const customPayload = { 'request-id': Buffer.from('1') }
    const answer = await client.execute(id, key, { skipMetadata: true, pageSize: 10 }, { customPayload })
    expect(rowsOf(answer).metadata.columns?.map(({ name }) => name)).toStrictEqual(['added', 'k', 'v'])
    expect(skipsMetadata(fixture.target.find(SELECT).at(-1))).toBe(false)
  })

  it('is not taken for changed by a client of another version, or by another PREPARE', async () => {
    await using fixture = await ProxyFixture.start()
    for (const server of fixture.servers) server.describePrepared(SELECT, before)
    const clients = [await fixture.client(), await fixture.client({ version: 3 })]
    for (const client of clients) await client.prepare(SELECT)
    for (const client of clients) {
      const { id } = preparedOf(await client.prepare(SELECT))
      await client.execute(id, key, { skipMetadata: true })
      expect(skipsMetadata(fixture.origin.find(SELECT).at(-1))).toBe(true)
    }
  })
})

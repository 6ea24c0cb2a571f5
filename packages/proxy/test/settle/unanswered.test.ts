import { eventually } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'

async function unanswered(fixture: ProxyFixture): Promise<number | undefined> {
  return (await fixture.metrics()).get('zdm_proxy_unanswered_requests')
}

describe('proxy_unanswered_requests', () => {
  it('is 0 while requests are in flight, also those of a client that is gone', async () => {
    await using fixture = await ProxyFixture.start()
    const gate = fixture.origin.hold(WRITE)
    const [stayer, leaver] = [await fixture.client(), await fixture.client()]
    const answer = stayer.query(WRITE)
    leaver.query(WRITE).catch(() => {})
    await gate.arrived(2)
    expect(await unanswered(fixture)).toBe(0)
    await leaver.close()
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
    expect(await unanswered(fixture)).toBe(0)
    expect((await fixture.metrics()).get('zdm_proxy_inflight_requests_total', { type: 'writes' })).toBe(2)
    gate.release()
    expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    await eventually(
      async () => (await fixture.metrics()).get('zdm_proxy_inflight_requests_total', { type: 'writes' }) === 0,
    )
    expect(await unanswered(fixture)).toBe(0)
  })

  it('is 0 while a PREPARE is in flight', async () => {
    await using fixture = await ProxyFixture.start()
    const gate = fixture.origin.hold((request) => request.type === 'prepare')
    const client = await fixture.client()
    const prepared = client.prepareId(WRITE)
    await gate.arrived()
    expect(await unanswered(fixture)).toBe(0)
    gate.release()
    await prepared
  })
})

import { ErrorCode } from '@zdmkit/protocol'
import { eventually } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf } from '../support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'

describe('a cluster connection that is open and silent', () => {
  it('is replaced, and not kept until TCP gives it up', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 200 } })
    const client = await fixture.client()
    resultOf(await client.query(WRITE))
    for (const connection of fixture.origin.connections) connection.ignoreInput()
    expect(errorOf(await client.query(WRITE)).code).toBe(ErrorCode.WRITE_TIMEOUT)
    await eventually(async () => resultOf(await client.query(WRITE)).kind === 'void')
    expect(fixture.log.of('cluster-connection-lost')).toMatchObject([
      { cluster: 'origin', error: expect.stringContaining('answered nothing for 200 ms') },
    ])
  })

  it('stays when it is only slow with some request', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 100 } })
    const client = await fixture.client()
    const gate = fixture.origin.hold(WRITE)
    expect(errorOf(await client.query(WRITE)).code).toBe(ErrorCode.WRITE_TIMEOUT)
    const probed = (): number => fixture.origin.requests.filter(({ type }) => type === 'options').length
    const before = probed()
    await eventually(() => probed() > before + 1)
    gate.release()
    resultOf(await client.query('INSERT INTO ks.t (k) VALUES (2)'))
    expect(fixture.log.of('cluster-connection-lost')).toStrictEqual([])
  })
})

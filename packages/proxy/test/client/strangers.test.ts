import { ErrorCode, query, register } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf } from '../support/raw-client.ts'

const MIB = 1024 * 1024

describe('what a client can make the proxy keep', () => {
  it('is no frame above 1 MiB before it is logged in', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket()
    const header = Buffer.from([4, 0, 0, 1, 1, 0, 0, 0, 0])
    header.writeUInt32BE(MIB + 1, 5)
    client.write(header)
    const answer = await client.unsolicited()
    expect(answer && errorOf(answer)).toStrictEqual({
      code: ErrorCode.PROTOCOL_ERROR,
      message: `frame body of ${MIB + 1} bytes exceeds the maximum of ${MIB} bytes before the login`,
    })
    await client.closed
  })

  it('may be longer as soon as it is logged in', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = `INSERT INTO ks.t (k) VALUES (1) /* ${' '.repeat(3 * MIB)} */`
    resultOf(await client.ask(query, { query: text, parameters: { consistency: 1 } }))
  })

  it('is no type of event that does not exist', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    expect(errorOf(await client.ask(register, { eventTypes: ['SCHEMA_CHANGE', 'WEATHER'] }))).toStrictEqual({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'REGISTER for an unknown type of event; the types are TOPOLOGY_CHANGE, STATUS_CHANGE, SCHEMA_CHANGE',
    })
  })
})

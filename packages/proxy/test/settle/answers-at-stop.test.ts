import { ErrorCode } from '@zdmkit/protocol'
import { expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf } from '../support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'

it.each([200, 210, 225, 240])(
  'A proxy that stops answers also what no cluster answers within %i ms',
  async (requestTimeoutMs) => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs } })
    const client = await fixture.client()
    const gate = fixture.target.hold(WRITE)
    const answer = client.query(WRITE)
    await gate.arrived()
    const stopped = fixture.proxy.stop()
    expect(errorOf(await answer).code).toBe(ErrorCode.WRITE_TIMEOUT)
    await stopped
  },
)

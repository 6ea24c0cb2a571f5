import { ErrorCode } from '@zdmkit/protocol'
import { eventually, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'

describe('a cluster that the routing does not need', () => {
  it('gives the group no connection on which it refused STARTUP', async () => {
    await using fixture = await ProxyFixture.start({
      routing: { writes: 'origin' },
      script: (_origin, target) => {
        let refused = 0
        target.on('startup', (request, next) =>
          // The control connection is the first.
          request.connection > 1 && refused++ === 0 ? reply.error(ErrorCode.IS_BOOTSTRAPPING) : next(),
        )
      },
    })
    const client = await fixture.client()
    resultOf(await client.query(WRITE))
    await eventually(() => fixture.target.connections.filter(({ stage }) => stage === 'ready').length === 2)
    fixture.proxy.changeRouting({ writes: 'dual' })
    resultOf(await client.query(WRITE))
    expect(fixture.target.connections.map(({ stage }) => stage)).toStrictEqual(['ready', 'ready'])
  })
})

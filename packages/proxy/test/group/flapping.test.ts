import { eventually, reply } from '@zdmkit/testkit'
import { expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'

it('A cluster that ends each connection as soon as it is open is asked less and less often', async () => {
  await using fixture = await ProxyFixture.start({
    script: (origin) => {
      // The control connection, and that of the client's login.
      origin.on('startup', (request, next) =>
        request.connection > 2 ? reply.with(reply.ready(), { thenClose: true }) : next(),
      )
    },
  })
  await fixture.client()
  const lost = (): number => fixture.log.of('cluster-connection-lost').length
  const startMs = performance.now()
  fixture.origin.connections.find(({ number }) => number === 2)?.reset()
  await eventually(() => lost() >= 4)
  // 100, 200 and 400 ms between them.
  expect(performance.now() - startMs).toBeGreaterThan(500)
})

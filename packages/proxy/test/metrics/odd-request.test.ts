import { once } from 'node:events'
import { request } from 'node:http'
import { MetricsRegistry } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { createMetricsServer } from '../../src/metrics/metrics-server.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'

/** The status of a GET of this request target, which no URL parser has made sense of before. */
async function statusOf(port: number, path: string): Promise<number | undefined> {
  const sent = request({ host: '127.0.0.1', port, path })
  sent.end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

describe('the metrics server', () => {
  it.each(['//', 'http://[', '/%', '*'])(
    'answers 404 to the target %s, which must not end the process',
    async (path) => {
      await using fixture = await ProxyFixture.start()
      expect(await statusOf(fixture.proxy.metricsPort, path)).toBe(404)
      expect(await statusOf(fixture.proxy.metricsPort, '/health/liveness')).toBe(200)
    },
  )

  it('answers 500 where the metrics cannot be told', async () => {
    class Broken extends MetricsRegistry {
      override text(): Promise<string> {
        return Promise.reject(new Error('no text'))
      }
    }
    const server = createMetricsServer({
      isMetricsEnabled: true,
      registry: new Broken({ prefix: 'zdm' }),
      failureThreshold: 1,
      status: () => ({
        controls: [
          { address: 'a:1', failureCount: 0 },
          { address: 'b:1', failureCount: 0 },
        ],
        isDraining: false,
      }),
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await statusOf(port, '/metrics')).toBe(500)
    server.close()
    server.closeAllConnections()
  })
})

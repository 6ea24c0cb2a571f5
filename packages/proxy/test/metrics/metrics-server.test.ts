import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { MetricsRegistry } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { createMetricsServer, type HealthSources, readinessOf } from '../../src/metrics/metrics-server.ts'

type Status = NonNullable<ReturnType<HealthSources['status']>>

const up: Status = {
  controls: [
    { address: '10.0.0.1:9042', failureCount: 0 },
    { address: '10.0.1.1:9042', failureCount: 0 },
  ],
  isDraining: false,
}
const originDown: Status = { ...up, controls: [{ address: 'NOT_CONNECTED', failureCount: 2 }, up.controls[1]] }

/** Serves one state on a free port. */
async function serve(status: Status | null): Promise<{
  get(path: string, method?: string): Promise<{ status: number; type: string | null; text: string }>
  [Symbol.asyncDispose](): Promise<void>
}> {
  const registry = new MetricsRegistry({ prefix: 'zdm' })
  registry.counter({ name: 'one_total', help: 'One' })
  const server = createMetricsServer({ isMetricsEnabled: true, registry, failureThreshold: 2, status: () => status })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async get(path, method = 'GET') {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

describe('/health/readiness', () => {
  it('is 503 STARTUP while the proxy starts', async () => {
    await using server = await serve(null)
    const { status, type, text } = await server.get('/health/readiness')
    expect([status, type, JSON.parse(text)]).toStrictEqual([
      503,
      'application/json',
      { OriginStatus: null, TargetStatus: null, Status: 'STARTUP' },
    ])
  })

  it('is 200 UP with both clusters, in the words of ZDM Proxy', async () => {
    await using server = await serve(up)
    const { status, text } = await server.get('/health/readiness')
    expect(status).toBe(200)
    expect(text).toBe(
      '{"OriginStatus":{"Addr":"10.0.0.1:9042","CurrentFailureCount":0,"FailureCountThreshold":2,"Status":"UP"},' +
        '"TargetStatus":{"Addr":"10.0.1.1:9042","CurrentFailureCount":0,"FailureCountThreshold":2,"Status":"UP"},"Status":"UP"}',
    )
  })

  it('is 503 DOWN where a cluster has failed as often as the threshold says', async () => {
    await using server = await serve(originDown)
    const { status, text } = await server.get('/health/readiness')
    expect([status, JSON.parse(text)]).toMatchObject([
      503,
      {
        OriginStatus: { Addr: 'NOT_CONNECTED', CurrentFailureCount: 2, Status: 'DOWN' },
        TargetStatus: { Status: 'UP' },
        Status: 'DOWN',
      },
    ])
  })

  it('is 503 DOWN from the moment a drain starts, though the clusters are up', () => {
    const sources = { isMetricsEnabled: true, registry: new MetricsRegistry(), failureThreshold: 1 }
    expect(readinessOf({ ...sources, status: () => ({ ...up, isDraining: true }) })).toMatchObject({
      OriginStatus: { Status: 'UP' },
      TargetStatus: { Status: 'UP' },
      Status: 'DOWN',
    })
  })

  it('is 404 to anything but GET', async () => {
    await using server = await serve(up)
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await server.get('/health/readiness', method)).status).toBe(404)
  })
})

describe('/health/liveness', () => {
  it.each([null, up, originDown])('is 200 OK whatever the state', async (state) => {
    await using server = await serve(state)
    expect(await server.get('/health/liveness')).toStrictEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      text: 'OK',
    })
  })
})

describe('/metrics', () => {
  it('is 503 while the proxy starts and 200 afterwards', async () => {
    await using starting = await serve(null)
    expect(await starting.get('/metrics')).toMatchObject({
      status: 503,
      text: "Proxy metrics haven't been initialized yet.",
    })
    await using started = await serve(up)
    expect(await started.get('/metrics')).toMatchObject({
      status: 200,
      text: expect.stringContaining('zdm_one_total 0'),
    })
  })
})

describe('any other path', () => {
  it.each(['/', '/health', '/health/liveliness', '/metrics/', '/api/v1/routing'])('is 404: %s', async (path) => {
    await using server = await serve(up)
    expect((await server.get(path)).status).toBe(404)
  })
})

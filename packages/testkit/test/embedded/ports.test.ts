import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { assertPortFree } from '../../src/embedded/ports.ts'
import { freePort } from '../../src/index.ts'

describe('freePort', () => {
  it('gives each port once, below those that outgoing connections take', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort(['127.0.0.1', '127.0.0.2'])))
    expect(new Set(ports).size).toBe(50)
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000)
    expect(Math.max(...ports)).toBeLessThan(32_768)
  })

  it('says which address this machine does not have', async () => {
    // TEST-NET-1, which belongs to no machine (RFC 5737).
    await expect(freePort(['127.0.0.1', '192.0.2.1'])).rejects.toMatchObject({
      code: 'EMBEDDED_ADDRESS_UNAVAILABLE',
      message: expect.stringContaining('192.0.2.1'),
    })
  })
})

describe('assertPortFree', () => {
  it('names the address on which a port is taken', async () => {
    const server = createServer().listen({ host: '127.0.0.2', port: 0 })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await expect(assertPortFree(['127.0.0.1', '127.0.0.2'], port)).rejects.toMatchObject({
      code: 'EMBEDDED_PORT_TAKEN',
      message: `port ${port} on 127.0.0.2 is in use: end its user or choose another port`,
    })
    server.close()
    await once(server, 'close')
    await assertPortFree(['127.0.0.2'], port)
  })
})

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { assertPortFree } from '../../../src/migration/proxy/assert-port-free.ts'

describe('assertPortFree', () => {
  it('refuses a port that is taken, with what to do, and takes it once it is free', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const expected = {
      code: 'MIGRATION_PORT_TAKEN',
      message: expect.stringMatching(/is taken: end what listens/) as string,
    }
    await expect(assertPortFree('127.0.0.1', port)).rejects.toMatchObject(expected)
    await new Promise((resolve) => server.close(resolve))
    await assertPortFree('127.0.0.1', port)
  })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { AdminClient } from '../../../src/migration/proxy/admin-client.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A client of an API that gives that answer. */
async function clientOf(status: number, body: string): Promise<AdminClient> {
  const server = createServer((_, response) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return new AdminClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'secret' })
}

describe('AdminClient', () => {
  it.each([
    [401, '{"error":"BAD_TOKEN","message":"send the token"}', 'HTTP 401: BAD_TOKEN send the token'],
    [409, '{"error":"PROXY_ROUTING_CONFLICT","message":"no"}', 'HTTP 409: PROXY_ROUTING_CONFLICT no'],
    [404, 'not found', 'HTTP 404'],
    [200, '{}', 'HTTP 200'],
  ])('names what was refused: HTTP %i %s', async (status, body, expected) => {
    const client = await clientOf(status, body)
    const refused = client.changeRouting({ writes: 'dual' })
    await expect(refused).rejects.toMatchObject({ code: 'CLI_ADMIN_REFUSED' })
    await expect(refused).rejects.toThrow(expected)
    await expect(refused).rejects.not.toThrow('secret')
  })

  it('does not carry the token to where it is sent on', async () => {
    const client = await clientOf(302, '')
    await expect(client.readRouting()).rejects.toMatchObject({ code: 'CLI_ADMIN_UNREACHABLE' })
  })

  it('says that nobody answers', async () => {
    const client = new AdminClient({ url: 'http://127.0.0.1:1', token: 't' })
    await expect(client.readRouting()).rejects.toMatchObject({
      code: 'CLI_ADMIN_UNREACHABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1\/api\/v1\/routing does not answer: .+/) as string,
    })
  })

  it('ends its wait for a change to settle with the reason of the signal', async () => {
    const controller = new AbortController()
    const server = createServer((_, response) => response.end('{"generation":2,"settled":false}'))
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settled = new AdminClient({ url, token: 't' }, controller.signal).untilSettled()
    setImmediate(() => controller.abort(new Error('stopped')))
    await expect(settled).rejects.toThrow()
  })
})

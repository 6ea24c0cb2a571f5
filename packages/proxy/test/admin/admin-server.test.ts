import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createAdminServer, isLocalHost } from '../../src/admin/admin-server.ts'
import { LogRecorder } from '../support/log-recorder.ts'
import { ADMIN_TOKEN, ProxyFixture } from '../support/proxy-fixture.ts'

interface Call {
  method?: string
  path?: string
  body?: string
  headers?: Record<string, string | undefined>
}

interface Reply {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

/** One raw HTTP request, so that a test can say any Host. Header `undefined`: left out. */
async function call(
  fixture: ProxyFixture,
  { method = 'GET', path = '/api/v1/routing', body = '', headers = {} }: Call = {},
): Promise<Reply> {
  const socket = connect(fixture.proxy.adminPort, '127.0.0.1')
  const all: Record<string, string | undefined> = {
    Host: `127.0.0.1:${fixture.proxy.adminPort}`,
    Authorization: `Bearer ${ADMIN_TOKEN}`,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  socket.write(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body}`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  const [head = '', content = ''] = text.split('\r\n\r\n')
  const [status = '', ...fields] = head.split('\r\n')
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(fields.map((field) => [field.split(': ')[0]?.toLowerCase(), field.split(': ')[1]])),
    body: JSON.parse(content) as Record<string, unknown>,
  }
}

describe('isLocalHost', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost:14003',
    '127.0.0.1',
    '127.0.0.1:14003',
    '10.0.0.7:1',
    '[::1]',
    '[::1]:14003',
    '[fe80::1:2]:80',
  ])('takes %s', (host) => expect(isLocalHost(host)).toBe(true))

  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'evil.example:14003',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'localhost:evil',
    '::1',
    '1.2.3',
    '127.0.0.1:',
    'localhost:123456',
    '127.0.0.1, evil.example',
    ' localhost',
  ])('refuses %s, a name that someone else’s DNS may point here', (host) => expect(isLocalHost(host)).toBe(false))
})

describe('GET /api/v1/routing', () => {
  it('tells the routing, its generation and whether it is settled', async () => {
    await using fixture = await ProxyFixture.start()
    const { status, headers, body } = await call(fixture)
    expect(status).toBe(200)
    expect(body).toStrictEqual({
      writes: 'dual',
      primary: 'origin',
      readMode: 'PRIMARY_ONLY',
      targetReadPercent: 0,
      generation: 1,
      settled: true,
      changedAtMicros: expect.stringMatching(/^\d{16}$/),
      writesChangedAtMicros: expect.stringMatching(/^\d{16}$/),
      unsettledRequests: 0,
    })
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  })

  it('tells of a write that holds the change up', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const gate = fixture.origin.hold(/INSERT/)
    const client = await fixture.client()
    const answer = client.query('INSERT INTO ks.t (k) VALUES (1)')
    await gate.arrived()
    const put = await call(fixture, { method: 'PUT', body: '{"writes":"dual"}' })
    expect(put.body).toMatchObject({ writes: 'dual', generation: 2, settled: false, unsettledRequests: 1 })
    expect((await call(fixture)).body).toMatchObject({ settled: false })
    gate.release()
    await answer
    expect((await call(fixture)).body).toMatchObject({ generation: 2, settled: true, unsettledRequests: 0 })
  })
})

describe('PUT /api/v1/routing', () => {
  it('changes the fields that are given, at once, and answers with the whole', async () => {
    await using fixture = await ProxyFixture.start()
    const { status, body } = await call(fixture, { method: 'PUT', body: '{"primary":"target"}' })
    expect([status, body]).toStrictEqual([
      200,
      expect.objectContaining({ writes: 'dual', primary: 'target', targetReadPercent: 100, generation: 2 }),
    ])
    const client = await fixture.client()
    await client.query('SELECT v FROM ks.t')
    expect([fixture.origin.find(/SELECT v/).length, fixture.target.find(/SELECT v/).length]).toStrictEqual([0, 1])
  })

  it.each<[number, string, string, string]>([
    [400, 'BAD_JSON', 'no JSON', '{"writes":'],
    [400, 'BAD_JSON', 'nothing', ''],
    [400, 'PROXY_ROUTING_BAD_VALUE', 'no object', '["dual"]'],
    [400, 'PROXY_ROUTING_BAD_VALUE', 'an unknown field', '{"write":"dual"}'],
    [400, 'PROXY_ROUTING_BAD_VALUE', 'an unknown value', '{"writes":"both"}'],
    [400, 'PROXY_ROUTING_BAD_VALUE', 'a percentage as text', '{"targetReadPercent":"10"}'],
    [400, 'PROXY_ROUTING_BAD_VALUE', '__proto__', '{"__proto__":{"writes":"dual"}}'],
    [409, 'PROXY_ROUTING_CONFLICT', 'what would read from a cluster without the writes', '{"writes":"target"}'],
  ])('answers %i %s to %s, and changes nothing', async (status, error, _what, body) => {
    await using fixture = await ProxyFixture.start()
    const refused = await call(fixture, { method: 'PUT', body })
    expect([refused.status, refused.body]).toStrictEqual([status, { error, message: expect.stringMatching(/./) }])
    expect(fixture.proxy.routing).toMatchObject({ generation: 1, writes: 'dual' })
  })

  it('answers 413 to a body that is longer than any routing, and says so', async () => {
    await using fixture = await ProxyFixture.start()
    for (const bytes of [65_537, 1_000_000]) {
      const { status, body } = await call(fixture, { method: 'PUT', body: ' '.repeat(bytes) })
      expect([status, body]).toStrictEqual([413, { error: 'TOO_LARGE', message: 'a routing has at most 65536 bytes' }])
    }
    expect((await call(fixture, { method: 'PUT', body: `${' '.repeat(65_534)}{}` })).status).toBe(200)
  })
})

describe('every call', () => {
  it.each<[string, string | undefined]>([
    ['no token', undefined],
    ['a wrong token', 'Bearer wrong'],
    ['a part of the token', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
    ['more than the token', `Bearer ${ADMIN_TOKEN}x`],
    ['an empty token', 'Bearer '],
    ['another scheme', `Basic ${ADMIN_TOKEN}`],
    ['the bare token', ADMIN_TOKEN],
  ])('with %s is 401, whatever it asks', async (_what, authorization) => {
    await using fixture = await ProxyFixture.start()
    const calls: Call[] = [
      {},
      { method: 'PUT', body: '{"writes":"origin"}' },
      { path: '/nothing' },
      { method: 'DELETE' },
    ]
    for (const one of calls) {
      const { status, headers, body } = await call(fixture, { ...one, headers: { Authorization: authorization } })
      expect([status, headers['www-authenticate'], body['error']]).toStrictEqual([401, 'Bearer', 'BAD_TOKEN'])
    }
    expect(fixture.proxy.routing.generation).toBe(1)
  })

  it.each(['evil.example', 'proxy.internal:14003', ''])(
    'with Host %j is 403: a browser could be made to call it',
    async (host) => {
      await using fixture = await ProxyFixture.start()
      const { status, body } = await call(fixture, { headers: { Host: host } })
      expect([status, body['error']]).toStrictEqual([403, 'BAD_HOST'])
    },
  )

  it.each(['http://localhost:14003', 'null', 'http://127.0.0.1'])(
    'with Origin %s is 403: no web page calls it',
    async (origin) => {
      await using fixture = await ProxyFixture.start()
      const { status, body } = await call(fixture, {
        method: 'PUT',
        body: '{"writes":"origin"}',
        headers: { Origin: origin },
      })
      expect([status, body['error']]).toStrictEqual([403, 'BAD_ORIGIN'])
      expect(fixture.proxy.routing.generation).toBe(1)
    },
  )

  it('takes localhost and addresses as Host', async () => {
    await using fixture = await ProxyFixture.start()
    for (const host of ['localhost', '[::1]:14003', '10.1.2.3']) {
      expect((await call(fixture, { headers: { Host: host } })).status).toBe(200)
    }
  })

  it.each([
    ['/', 404],
    ['/api/v1/routing/', 404],
    ['/api/v1', 404],
    ['/api/v1/routing?x=1', 200],
    ['//', 404],
    ['//evil.example/api/v1/routing', 404],
    ['http://127.0.0.1:x/', 404],
  ])('of %s is %i', async (path, expected) => {
    await using fixture = await ProxyFixture.start()
    const { status, body } = await call(fixture, { path })
    expect(status).toBe(expected)
    if (status === 404) expect(body['error']).toBe('NOT_FOUND')
  })

  it.each(['POST', 'DELETE', 'PATCH'])('by %s is 405 and says what there is', async (method) => {
    await using fixture = await ProxyFixture.start()
    const { status, headers, body } = await call(fixture, { method })
    expect([status, headers['allow'], body['error']]).toStrictEqual([405, 'GET, PUT', 'BAD_METHOD'])
  })

  it('is 500 where the proxy fails, and the log says why', async () => {
    const recorder = new LogRecorder()
    const fail = (): never => {
      throw new Error('a defect')
    }
    const server = createAdminServer({
      token: ADMIN_TOKEN,
      log: recorder.log,
      actions: { readRouting: fail, changeRouting: fail },
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    for (const method of ['GET', 'PUT']) {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/routing`, {
        method,
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
        ...(method === 'PUT' && { body: '{}' }),
      })
      expect([response.status, await response.json()]).toStrictEqual([
        500,
        { error: 'INTERNAL', message: 'the request failed; the log says why' },
      ])
    }
    expect(recorder.of('admin-request-failed')).toMatchObject([{ error: { message: 'a defect' } }, {}])
    server.close()
    server.closeAllConnections()
  })

  it('tells neither token nor header in the log', async () => {
    await using fixture = await ProxyFixture.start()
    await call(fixture, { headers: { Authorization: 'Bearer guessed-secret' } })
    await call(fixture)
    expect(JSON.stringify(fixture.log.lines)).not.toMatch(new RegExp(`guessed-secret|${ADMIN_TOKEN}`))
  })
})

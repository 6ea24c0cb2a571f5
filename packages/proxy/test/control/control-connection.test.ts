import { ErrorCode, options, startup, supported } from '@zdmkit/protocol'
import { eventually, reply, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { Readiness } from '../../src/metrics/metrics-server.ts'
import type { ClusterName } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, RawClient, resultOf } from '../support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'
const names: readonly ClusterName[] = ['origin', 'target']

async function readiness(fixture: ProxyFixture): Promise<{ status: number; body: Readiness }> {
  const response = await fetch(`http://127.0.0.1:${fixture.proxy.metricsPort}/health/readiness`)
  return { status: response.status, body: (await response.json()) as Readiness }
}

describe('a control connection', () => {
  it('logs in, asks what the cluster is and registers for its schema events', async () => {
    const auth = { username: 'proxy', password: 'pw' }
    await using fixture = await ProxyFixture.start({
      origin: { auth },
      clusters: { origin: { credentials: auth } },
    })
    const [control] = fixture.origin.connections
    expect(control?.eventTypes).toStrictEqual(new Set(['SCHEMA_CHANGE']))
    expect(control?.authTokens.map(String)).toStrictEqual(['\0proxy\0pw'])
    expect(fixture.origin.requests.map(({ type, text }) => (type === 'query' ? text : type))).toStrictEqual([
      'startup',
      'authResponse',
      'SELECT * FROM system.local',
      'SELECT * FROM system.peers',
      'options',
      'register',
    ])
  })

  it('asks for a sign of life at its interval, and an error is one too', async () => {
    await using fixture = await ProxyFixture.start({ options: { heartbeatIntervalMs: 30 } })
    fixture.origin.on('options', () => reply.error(ErrorCode.SERVER_ERROR))
    await fixture.origin.received(({ type }) => type === 'options', 5)
    expect((await readiness(fixture)).body.Status).toBe('UP')
  })

  it.each(names)(
    'that %s does not answer is given up, and readiness tells it until the next one works',
    async (name) => {
      await using fixture = await ProxyFixture.start({ options: { heartbeatIntervalMs: 50, requestTimeoutMs: 500 } })
      const server = fixture[name]
      expect((await readiness(fixture)).status).toBe(200)
      server.on('options', 'silence')
      await eventually(async () => expect((await readiness(fixture)).status).toBe(503))
      const key = name === 'origin' ? 'OriginStatus' : 'TargetStatus'
      await eventually(async () => expect((await readiness(fixture)).body[key]).toMatchObject({ Status: 'DOWN' }))
      expect(fixture.log.of('control-connection-failed')[0]).toMatchObject({ cluster: name })
      server.on('options', (_request, next) => next())
      await eventually(async () => expect((await readiness(fixture)).status).toBe(200))
      expect((await readiness(fixture)).body[key]).toStrictEqual({
        Addr: `127.0.0.1:${server.port}`,
        CurrentFailureCount: 0,
        FailureCountThreshold: 1,
        Status: 'UP',
      })
    },
  )

  it.each(names)('that %s ends is opened again, later and later while nobody is there', async (name) => {
    await using fixture = await ProxyFixture.start({ options: { heartbeatRetryMinMs: 10, heartbeatRetryMaxMs: 40 } })
    const { port } = fixture[name]
    await fixture[name].stop()
    await eventually(() => fixture.log.of('control-connection-failed').length >= 5)
    const pauses = fixture.log.of('control-connection-failed').map(({ retryMs }) => retryMs)
    expect(pauses.slice(0, 5)).toStrictEqual([10, 20, 40, 40, 40])
    const { body } = await readiness(fixture)
    expect(body[name === 'origin' ? 'OriginStatus' : 'TargetStatus']).toMatchObject({
      Addr: 'NOT_CONNECTED',
      Status: 'DOWN',
    })
    await using again = await ScriptedServer.start({ name, port })
    await eventually(async () => expect((await readiness(fixture)).body.Status).toBe('UP'))
    expect(again.connections.length).toBeGreaterThan(0)
  })

  it('is down only from as many failures in a row as are configured', async () => {
    await using fixture = await ProxyFixture.start({
      options: { heartbeatFailureThreshold: 3, heartbeatRetryMinMs: 50 },
    })
    await fixture.target.stop()
    const seen = new Set<string>()
    await eventually(
      async () => {
        const { TargetStatus: status } = (await readiness(fixture)).body
        seen.add(`${status?.CurrentFailureCount} ${status?.Status}`)
        return status?.Status === 'DOWN'
      },
      { everyMs: 1 },
    )
    expect([...seen].at(-1)).toMatch(/^[3-9] DOWN$/)
    expect([...seen].filter((one) => /^[012] /.test(one)).every((one) => one.endsWith('UP'))).toBe(true)
  })

  it('tries the contact points in turn', async () => {
    await using node = await ScriptedServer.start({ name: 'origin', host: '127.0.0.2' })
    await using fixture = await ProxyFixture.start({
      clusters: { origin: { contactPoints: ['127.0.0.1', '127.0.0.2'], port: node.port } },
    })
    expect((await readiness(fixture)).body.OriginStatus).toMatchObject({ Addr: `127.0.0.2:${node.port}`, Status: 'UP' })
  })

  it('needs rows where it asks for them', async () => {
    await using fixture = await ProxyFixture.start({
      script: (origin) => void origin.prime('SELECT * FROM system.local', reply.void()),
    })
    expect(fixture.log.of('control-connection-failed')[0]).toMatchObject({
      cluster: 'origin',
      error: 'a SELECT was answered with a result of kind void',
    })
  })

  it('says what is wrong when the login is refused', async () => {
    await using fixture = await ProxyFixture.start({
      target: { auth: { username: 'a', password: 'right' } },
      clusters: { target: { credentials: { username: 'a', password: 'wrong' } } },
    })
    expect(fixture.log.of('control-connection-failed')[0]).toMatchObject({
      cluster: 'target',
      error: expect.stringContaining('Provided username and/or password are incorrect'),
    })
    expect((await readiness(fixture)).body.TargetStatus).toMatchObject({ Status: 'DOWN' })
  })
})

describe('a cluster that speaks version 3 only', () => {
  it.each(names)('is connected to in it: %s', async (name) => {
    await using fixture = await ProxyFixture.start({ [name]: { version: 3 } })
    expect((await readiness(fixture)).body.Status).toBe('UP')
    const client = await fixture.client({ version: 3 })
    expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' })
  })

  it.each(names)('makes drivers of version 4 go down to 3, as they do with the cluster itself: %s', async (name) => {
    await using fixture = await ProxyFixture.start({ [name]: { version: 3 } })
    const client = await fixture.socket()
    const offered = supported.decode((await client.ask(options, {})).body, 4).options
    expect(offered['PROTOCOL_VERSIONS']).toStrictEqual(['3/v3'])
    const answer = await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } }, { stream: 0 })
    expect(errorOf(answer)).toStrictEqual({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'Invalid or unsupported protocol version (4); supported versions are (3/v3)',
    })
    await client.closed
    const lower = await RawClient.open(fixture.proxy.port, { version: 3 })
    expect(resultOf(await lower.query(WRITE))).toStrictEqual({ kind: 'void' })
    await lower.close()
  })
})

import { ErrorCode, type Event, Opcode, register } from '@zdmkit/protocol'
import { eventually, freePort, reply, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { startProxy } from '../src/proxy.ts'
import { LogRecorder } from './support/log-recorder.ts'
import { ProxyFixture, proxyOptions } from './support/proxy-fixture.ts'
import { errorOf, RawClient, resultOf, rowsOf } from './support/raw-client.ts'

const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'
const READ = 'SELECT v FROM ks.t'

const created: Event = {
  kind: 'schema_change',
  change: { changeType: 'CREATED', target: 'TABLE', keyspace: 'ks', name: 't' },
}
const dropped: Event = {
  kind: 'schema_change',
  change: { changeType: 'DROPPED', target: 'KEYSPACE', keyspace: 'ks' },
}
const functionCreated: Event = {
  kind: 'schema_change',
  change: { changeType: 'CREATED', target: 'FUNCTION', keyspace: 'ks', name: 'f', argumentTypes: ['int'] },
}

describe('events', () => {
  it('of the schema reach the clients that registered for them, from the primary only', async () => {
    await using fixture = await ProxyFixture.start()
    const [registered, other, stranger] = [await fixture.client(), await fixture.client(), await fixture.socket()]
    await registered.ask(register, { eventTypes: ['SCHEMA_CHANGE'] })
    await other.ask(register, { eventTypes: ['STATUS_CHANGE', 'TOPOLOGY_CHANGE'] })
    expect(fixture.target.pushEvent(dropped)).toBe(1)
    expect(fixture.origin.pushEvent(created)).toBe(1)
    await eventually(() => expect(registered.events).toStrictEqual([created]))
    fixture.proxy.changeRouting({ primary: 'target' })
    fixture.origin.pushEvent(created)
    fixture.target.pushEvent(dropped)
    await eventually(() => expect(registered.events).toStrictEqual([created, dropped]))
    expect([other.events, stranger.events]).toStrictEqual([[], []])
  })

  it('about the clusters’ own nodes reach nobody: a driver knows the proxy only', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.ask(register, { eventTypes: ['SCHEMA_CHANGE', 'STATUS_CHANGE', 'TOPOLOGY_CHANGE'] })
    const node = { address: '10.0.0.1', port: 9042 }
    for (const connection of fixture.origin.connections) {
      connection.sendEvent({ kind: 'status_change', changeType: 'DOWN', node })
      connection.sendEvent({ kind: 'topology_change', changeType: 'NEW_NODE', node })
    }
    fixture.origin.pushEvent(created)
    await eventually(() => expect(client.events).toStrictEqual([created]))
  })

  it('are sent in the client’s version; one that version 3 cannot say is left out there', async () => {
    await using fixture = await ProxyFixture.start()
    const clients = [await fixture.client({ version: 3 }), await fixture.client()]
    for (const client of clients) await client.ask(register, { eventTypes: ['SCHEMA_CHANGE'] })
    fixture.origin.pushEvent(functionCreated)
    fixture.origin.pushEvent(created)
    await eventually(() => expect(clients[0]?.events).toStrictEqual([created]))
    await eventually(() => expect(clients[1]?.events).toStrictEqual([functionCreated, created]))
  })

  it('are heard again after the control connection was lost', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.ask(register, { eventTypes: ['SCHEMA_CHANGE'] })
    fixture.origin.killConnections()
    await eventually(() => fixture.log.of('control-connected').length === 3)
    await eventually(() => {
      expect(fixture.origin.pushEvent(created)).toBe(1)
    })
    await eventually(() => expect(client.events.length).toBeGreaterThan(0))
  })
})

describe('a change of routing', () => {
  it.each(['answered', 'lost', 'timed out'] as const)(
    'is settled when a write routed before it is over: %s',
    async (end) => {
      await using fixture = await ProxyFixture.start({
        routing: { writes: 'origin' },
        options: { requestTimeoutMs: end === 'timed out' ? 400 : 5_000, clusterWriteTimeoutMs: 400 },
      })
      const gate = fixture.origin.hold(WRITE)
      const client = await fixture.client()
      const answer = client.query(WRITE)
      await gate.arrived()
      expect(fixture.proxy.changeRouting({ writes: 'dual' })).toMatchObject({
        generation: 2,
        settled: false,
        unsettledRequests: 1,
      })
      const startMs = performance.now()
      if (end === 'answered') gate.release()
      if (end === 'lost') fixture.origin.killConnections()
      await answer
      const endMs = performance.now()
      // Answered means known. Otherwise the cluster may go on with it for its own time-out.
      expect(fixture.proxy.routing).toMatchObject({ settled: end === 'answered', unsettledRequests: 0 })
      await fixture.settled()
      const waitedMs = performance.now() - endMs
      if (end === 'answered') expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
      else {
        expect(errorOf(await answer).code).toBe(ErrorCode.WRITE_TIMEOUT)
        // `nowMs` of the request may be a sweep old.
        expect(waitedMs).toBeGreaterThan(300)
        if (end === 'timed out') expect(endMs - startMs).toBeGreaterThan(200)
      }
      gate.release()
      expect(fixture.target.find(WRITE)).toStrictEqual([])
    },
  )

  it('does not touch requests under way, and holds for each one that comes after', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const gate = fixture.origin.hold(WRITE)
    const client = await fixture.client()
    const answer = client.query(WRITE)
    await gate.arrived()
    fixture.proxy.changeRouting({ writes: 'dual' })
    expect(resultOf(await client.query('INSERT INTO ks.t (k) VALUES (2)'))).toStrictEqual({ kind: 'void' })
    gate.release()
    await answer
    expect(
      fixture.target.requests.filter(({ text }) => text.startsWith('INSERT')).map(({ text }) => text),
    ).toStrictEqual(['INSERT INTO ks.t (k) VALUES (2)'])
  })

  it('waits for a write whose client is gone', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const gate = fixture.origin.hold(WRITE)
    const client = await fixture.client()
    client.query(WRITE).catch(() => {})
    await gate.arrived()
    await client.close()
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 0)
    expect(fixture.proxy.changeRouting({ writes: 'dual' })).toMatchObject({ settled: false, unsettledRequests: 1 })
    gate.release()
    await fixture.settled()
  })

  it('counts generations and tells when each came into force, by the clock of the write times', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const first = fixture.proxy.routing
    expect(first).toMatchObject({ writes: 'origin', generation: 1, settled: true, unsettledRequests: 0 })
    expect(first.writesChangedAtMicros).toBe(first.changedAtMicros)
    await client.query(WRITE)
    const second = fixture.proxy.changeRouting({ writes: 'dual' })
    await client.query(WRITE)
    const third = fixture.proxy.changeRouting({ targetReadPercent: 50 })
    expect([second.generation, third.generation]).toStrictEqual([2, 3])
    expect(third.writesChangedAtMicros).toBe(second.changedAtMicros)
    const times = fixture.origin.find(WRITE).map((one) => one.type === 'query' && one.message.parameters.timestamp)
    const order = [first.changedAtMicros, times[0], second.changedAtMicros, times[1], third.changedAtMicros].map(
      (time) => BigInt(String(time)),
    )
    expect(order).toStrictEqual([...order].sort((a, b) => (a < b ? -1 : 1)))
    expect(fixture.log.of('routing-changed')).toMatchObject([
      { generation: 2, from: { writes: 'origin' }, to: { writes: 'dual' } },
      { generation: 3, to: { targetReadPercent: 50 } },
    ])
  })

  it('that is refused changes nothing', async () => {
    await using fixture = await ProxyFixture.start()
    expect(() => fixture.proxy.changeRouting({ writes: 'target' })).toThrow(
      expect.objectContaining({ code: 'PROXY_ROUTING_CONFLICT' }),
    )
    expect(fixture.proxy.routing).toMatchObject({ writes: 'dual', generation: 1 })
  })
})

describe('startProxy', () => {
  it.each(['proxy_listen_port', 'metrics_port', 'admin_port'] as const)(
    'says which port is taken, and by which setting to change it: %s',
    async (key) => {
      await using origin = await ScriptedServer.start()
      await using target = await ScriptedServer.start()
      const option = { proxy_listen_port: 'listenPort', metrics_port: 'metricsPort', admin_port: 'adminPort' }[key]
      const options = proxyOptions(origin, target, { options: { [option]: origin.port } })
      await expect(startProxy(options, new LogRecorder().log)).rejects.toMatchObject({
        code: 'PROXY_LISTEN_FAILED',
        message: `cannot listen on 127.0.0.1:${origin.port} (${key}): another process listens there; free the port or set ${key}`,
      })
      await eventually(() => expect([origin.connections.length, target.connections.length]).toStrictEqual([0, 0]))
    },
  )

  it('listens on the address that it tells drivers', async () => {
    await using fixture = await ProxyFixture.start({ options: { listenHost: 'localhost' } })
    const client = await fixture.client()
    const [row] = rowsOf(await client.query('SELECT rpc_address FROM system.local')).rows
    expect([row?.[0]?.join('.'), client.socket.remoteAddress]).toStrictEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('starts without its clusters and serves when they come', async () => {
    const port = await freePort()
    await using target = await ScriptedServer.start({ name: 'target' })
    const gone = { host: '127.0.0.1', port }
    const log = new LogRecorder()
    await using proxy = await startProxy(proxyOptions(gone as ScriptedServer, target), log.log)
    expect(log.of('control-connection-failed')).toMatchObject([{ cluster: 'origin' }])
    await using early = await RawClient.connect(proxy.port)
    expect(errorOf(await early.logIn()).message).toMatch(/^origin: cannot connect to /)
    await using origin = await ScriptedServer.start({ name: 'origin', port })
    const client = await eventually(() => RawClient.open(proxy.port))
    expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' })
    expect(origin.find(WRITE)).toHaveLength(1)
    await client.close()
  })

  it('logs where it listens and how it routes', async () => {
    await using fixture = await ProxyFixture.start()
    const { port, metricsPort, adminPort } = fixture.proxy
    expect(fixture.log.of('proxy-started')).toMatchObject([
      {
        listen: `127.0.0.1:${port}`,
        metrics: `127.0.0.1:${metricsPort}`,
        admin: `127.0.0.1:${adminPort}`,
        writes: 'dual',
        primary: 'origin',
      },
    ])
  })
})

describe('stop', () => {
  it('answers what is in flight, refuses what is new, and closes everything', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const { port, metricsPort, adminPort } = fixture.proxy
    const gate = fixture.target.hold(WRITE)
    const answer = client.query(WRITE)
    await gate.arrived()
    const stopped = fixture.proxy.stop()
    for (const refused of [
      client.query(READ),
      client.prepare(READ),
      client.batch([]),
      client.execute(Buffer.alloc(16)),
    ]) {
      expect(errorOf(await refused)).toStrictEqual({
        code: ErrorCode.OVERLOADED,
        message: 'the proxy is shutting down; use another host',
      })
    }
    await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED')
    const readiness = await fetch(`http://127.0.0.1:${metricsPort}/health/readiness`)
    expect([readiness.status, ((await readiness.json()) as { Status: string }).Status]).toStrictEqual([503, 'DOWN'])
    expect(client.inFlight).toBe(1)
    gate.release()
    expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    await stopped
    await client.closed
    for (const onePort of [port, metricsPort, adminPort])
      await expect(RawClient.connect(onePort)).rejects.toThrow('ECONNREFUSED')
    await eventually(() => expect(fixture.servers.map(({ connections }) => connections.length)).toStrictEqual([0, 0]))
    expect(fixture.log.of('proxy-stopped')).toHaveLength(1)
  })

  it('answers requests that no cluster answers with their time-out before it closes', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 300 } })
    const clients = await Promise.all(Array.from({ length: 10 }, () => fixture.client()))
    fixture.target.prime(WRITE, 'silence')
    const answers = clients.map((client) => client.query(WRITE))
    await fixture.target.received(WRITE, 10)
    await fixture.proxy.stop()
    for (const answer of answers) expect(errorOf(await answer).message).toBe('target did not answer in time')
  })

  it('waits for a login and a change of keyspace that are under way', async () => {
    await using fixture = await ProxyFixture.start()
    const [client, late] = [await fixture.client(), await fixture.socket()]
    const use = fixture.origin.hold('USE "shop"')
    const startups = fixture.origin.hold(({ type, connection }) => type === 'startup' && connection > 3)
    const answer = client.query('USE shop')
    await use.arrived()
    const login = late.logIn({ startupOptions: { CQL_VERSION: '3.4.5' } })
    await startups.arrived()
    const stopped = fixture.proxy.stop()
    use.release()
    expect(resultOf(await answer).kind).toBe('set_keyspace')
    startups.release()
    expect((await login).header.opcode).toBe(Opcode.READY)
    await stopped
  })

  it('is over at once where nobody is connected, and the same for all who call it', async () => {
    await using fixture = await ProxyFixture.start()
    const startMs = performance.now()
    const first = fixture.proxy.stop()
    expect(fixture.proxy.stop()).toBe(first)
    await first
    expect(performance.now() - startMs).toBeLessThan(3_000)
  })

  it('does not wait for a client that takes no bytes', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 500 } })
    const client = await fixture.client()
    fixture.origin.prime(READ, reply.rows(['big blob'], [[Buffer.alloc(20 * 1024 * 1024)]]))
    client.pause()
    client.query(READ).catch(() => {})
    await eventually(() => fixture.origin.find(READ)[0]?.answerSequence !== null)
    const startMs = performance.now()
    await fixture.proxy.stop()
    expect(performance.now() - startMs).toBeLessThan(5_000)
  })
})

it('serves reads and writes over the same connection', async () => {
  await using fixture = await ProxyFixture.start()
  const client = await fixture.client()
  expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' })
  expect(rowsOf(await client.query(READ)).rows).toStrictEqual([])
})

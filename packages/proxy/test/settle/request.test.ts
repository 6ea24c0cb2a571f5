import { Consistency, ErrorCode, errorCodeName } from '@zdmkit/protocol'
import { eventually, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { ClusterName } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, type RawClient, resultOf, rowsOf } from '../support/raw-client.ts'

const WRITE = "UPDATE ks.t SET v = 'x' WHERE k = 1"
const INCREMENT = 'UPDATE ks.t SET n = n + 1 WHERE k = 1'
const READ = 'SELECT v FROM ks.t WHERE k = 1'
const TIMEOUT_MS = 500
/** The sweep comes every 50 ms; the rest is for a busy machine. */
const LATE_MS = TIMEOUT_MS + 2_000

const names: readonly ClusterName[] = ['origin', 'target']

/** The answer, and the milliseconds until it came. */
async function timed<T>(answer: Promise<T>): Promise<[answer: T, ms: number]> {
  const startMs = performance.now()
  return [await answer, performance.now() - startMs]
}

function usedStreams(server: ScriptedServer): { node: string } {
  return { node: `127.0.0.1:${server.port}` }
}

describe('a request without an answer', () => {
  it.each(names)('is a time-out that names %s, on time, and the cluster that answered is not blamed', async (name) => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: TIMEOUT_MS } })
    fixture[name].prime(WRITE, 'silence')
    const client = await fixture.client()
    const [answer, ms] = await timed(client.query(WRITE, { consistency: Consistency.EACH_QUORUM }))
    expect(errorOf(answer)).toStrictEqual({
      code: ErrorCode.WRITE_TIMEOUT,
      message: `${name} did not answer in time`,
      consistency: Consistency.EACH_QUORUM,
      received: 0,
      blockFor: 1,
      writeType: 'SIMPLE',
    })
    expect(ms).toBeGreaterThanOrEqual(TIMEOUT_MS - 1)
    expect(ms).toBeLessThan(LATE_MS)
    const metrics = await fixture.metrics()
    for (const server of fixture.servers) {
      const node = `127.0.0.1:${server.port}`
      expect(metrics.get(`zdm_${server.name}_requests_failed_total`, { node, error: 'client_timeout' })).toBe(
        server.name === name ? 1 : 0,
      )
    }
  })

  it('of both clusters names the primary, and both where the write is not idempotent', async () => {
    await using fixture = await ProxyFixture.start({
      options: { requestTimeoutMs: TIMEOUT_MS },
      routing: { primary: 'target' },
    })
    for (const server of fixture.servers) server.prime(/^UPDATE/, 'silence')
    const client = await fixture.client()
    const [plain, increment] = await Promise.all([client.query(WRITE), client.query(INCREMENT)])
    expect(errorOf(plain)).toMatchObject({ code: ErrorCode.WRITE_TIMEOUT, message: 'target did not answer in time' })
    expect(errorOf(increment)).toMatchObject({
      code: ErrorCode.WRITE_TIMEOUT,
      message: expect.stringContaining('target did not answer in time; origin did not answer in time'),
    })
  })

  it('is READ_TIMEOUT where it is a read', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: TIMEOUT_MS } })
    fixture.origin.prime(READ, 'silence')
    const client = await fixture.client()
    expect(errorOf(await client.query(READ))).toMatchObject({
      code: ErrorCode.READ_TIMEOUT,
      message: 'origin did not answer in time',
      consistency: Consistency.LOCAL_QUORUM,
      dataPresent: false,
    })
  })

  it('gets its one answer also when the cluster’s comes at last, which is read and thrown away', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: TIMEOUT_MS } })
    const client = await fixture.client()
    const gate = fixture.target.hold(WRITE)
    for (let i = 0; i < 3; i++)
      expect(errorOf(await client.query(WRITE, {}, { stream: 7 })).code).toBe(ErrorCode.WRITE_TIMEOUT)
    // Beside these three, the connection is asked for a sign of life now and then.
    await eventually(async () => {
      expect((await fixture.metrics()).get('zdm_target_used_stream_ids_total', usedStreams(fixture.target))).toBe(3)
    })
    gate.release()
    await eventually(async () => {
      expect((await fixture.metrics()).get('zdm_target_used_stream_ids_total', usedStreams(fixture.target))).toBe(0)
    })
    // The same stream of the client, and the same streams to the cluster, are good again: each answer is its request's own.
    fixture.target.prime(/^SELECT/, (request) => reply.rows(['v int'], [[Number(request.text.slice(-1))]]))
    fixture.proxy.changeRouting({ targetReadPercent: 100 })
    for (let i = 0; i < 5; i++) {
      const answer = await client.query(`SELECT v FROM ks.t WHERE k = ${i}`, {}, { stream: 7 })
      expect(rowsOf(answer).rows[0]?.[0]?.readInt32BE(0)).toBe(i)
    }
    expect(fixture.target.connections).toHaveLength(2)
  })

  it('keeps its stream taken until the late answer is read, so that no other request gets that answer', async () => {
    await using fixture = await ProxyFixture.start({
      options: { requestTimeoutMs: TIMEOUT_MS },
      routing: { targetReadPercent: 100 },
    })
    fixture.target.prime(/^SELECT/, (request) => reply.rows(['v int'], [[Number(request.text.slice(-1))]]))
    const gate = fixture.target.hold('SELECT v FROM ks.t WHERE k = 0')
    const client = await fixture.client()
    expect(errorOf(await client.query('SELECT v FROM ks.t WHERE k = 0')).code).toBe(ErrorCode.READ_TIMEOUT)
    const answers = await Promise.all([1, 2, 3].map((k) => client.query(`SELECT v FROM ks.t WHERE k = ${k}`)))
    gate.release()
    expect(answers.map((answer) => rowsOf(answer).rows[0]?.[0]?.readInt32BE(0))).toStrictEqual([1, 2, 3])
    const streams = fixture.target.find(/^SELECT v/).map(({ header }) => header.stream)
    expect(streams.slice(1)).not.toContain(streams[0])
  })

  it('is each answered where there are many, and none twice', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: TIMEOUT_MS } })
    fixture.target.prime(/k = \d*[02468]$/, 'silence')
    const clients = await Promise.all([fixture.client(), fixture.client(), fixture.client()])
    const answers = await Promise.all(
      clients.flatMap((client) =>
        Array.from({ length: 200 }, (_, k) => client.query(`UPDATE ks.t SET v = 1 WHERE k = ${k}`)),
      ),
    )
    const failed = answers.map((answer, i) => [i % 2 === 0, answer.header.opcode === 0])
    expect(failed.every(([isSilent, isError]) => isSilent === isError)).toBe(true)
  })
})

describe('a request whose connection is lost', () => {
  it.each(names)('is answered at once with the name of %s, and no client is dropped', async (name) => {
    await using fixture = await ProxyFixture.start()
    const clients = await Promise.all([fixture.client(), fixture.client()])
    const gate = fixture[name].hold(/^UPDATE/)
    const answers = clients.map((client) => client.query(WRITE))
    const increment = (clients[0] as RawClient).query(INCREMENT)
    await gate.arrived(3)
    fixture[name].killConnections()
    for (const answer of answers) {
      expect(errorOf(await answer)).toMatchObject({
        code: ErrorCode.WRITE_TIMEOUT,
        message: `${name}: the connection was lost before its answer`,
      })
    }
    const other = name === 'origin' ? 'target' : 'origin'
    const { code, message } = errorOf(await increment)
    expect(errorCodeName(code)).toBe('WRITE_TIMEOUT')
    expect(message).toContain(`${name}: the connection was lost before its answer`)
    expect(message).toContain(`${other} applied it`)
    gate.release()
    await eventually(async () =>
      expect(resultOf(await (clients[1] as RawClient).query(WRITE))).toStrictEqual({ kind: 'void' }),
    )
    expect(clients.map(({ isClosed }) => isClosed)).toStrictEqual([false, false])
    expect(fixture.log.of('cluster-connection-lost')).toMatchObject([{ cluster: name }])
  })

  it('is READ_TIMEOUT where it is a read, and the neighbour cluster’s requests go on', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const reads = fixture.origin.hold(READ)
    const read = client.query(READ)
    await reads.arrived()
    fixture.target.killConnections()
    await eventually(() => fixture.log.of('cluster-connection-lost').length > 0)
    expect(client.inFlight).toBe(1)
    fixture.origin.killConnections()
    expect(errorOf(await read)).toMatchObject({
      code: ErrorCode.READ_TIMEOUT,
      message: 'origin: the connection was lost before its answer',
    })
    reads.release()
  })

  it('is lost too where the server writes what is no answer, and the reason is logged', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    for (const raw of [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), Buffer.from('840000ff0800000000', 'hex')]) {
      fixture.target.prime(WRITE, reply.raw(raw), { times: 1 })
      const { message } = errorOf(await client.query(WRITE))
      expect(message).toBe('target: the connection was lost before its answer')
      await eventually(async () => resultOf(await client.query('SELECT v FROM ks.t')))
      await eventually(async () => expect(resultOf(await client.query(INCREMENT))).toStrictEqual({ kind: 'void' }))
    }
    const [version, stream] = fixture.log.of('cluster-connection-lost').map(({ error }) => error)
    expect(version).toMatch(/the server sent a frame with version byte 0x48 on a connection of version 4$/)
    expect(stream).toMatch(/answer on stream 255, where no request is in flight$/)
  })
})

describe('a cluster that is down', () => {
  it.each(names)('is OVERLOADED that names %s, and nothing is sent to the other', async (name) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.query(WRITE)
    const other = name === 'origin' ? fixture.target : fixture.origin
    await fixture[name].stop()
    await eventually(() => fixture.log.of('cluster-connection-failed').length > 0)
    const before = fixture.requests(other).length
    for (const text of [WRITE, INCREMENT]) {
      const { code, message } = errorOf(await client.query(text))
      expect(errorCodeName(code)).toBe('OVERLOADED')
      expect(message).toMatch(
        new RegExp(
          `^${name} cannot take the request: cannot connect to 127.0.0.1:${fixture[name].port}: .*; nothing was sent$`,
        ),
      )
    }
    expect(fixture.requests(other)).toHaveLength(before)
    const metrics = await fixture.metrics()
    const node = `127.0.0.1:${fixture[name].port}`
    expect(metrics.get(`zdm_${name}_connections_total`, { node })).toBe(0)
    expect(metrics.get(`zdm_${name}_failed_connections_total`, { node })).toBeGreaterThan(0)
  })

  it('does not disturb reads of the other', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await fixture.target.stop()
    await eventually(() => fixture.log.of('cluster-connection-lost').length > 0)
    expect(rowsOf(await client.query(READ)).rows).toStrictEqual([])
    fixture.proxy.changeRouting({ targetReadPercent: 100 })
    expect(errorCodeName(errorOf(await client.query(READ)).code)).toBe('OVERLOADED')
  })
})

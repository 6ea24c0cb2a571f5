import { ErrorCode, errorCodeName } from '@zdmkit/protocol'
import { eventually, hex, type ReceivedRequest, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { ClusterName } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf, rowsOf } from '../support/raw-client.ts'

const INCREMENT = 'UPDATE ks.t SET n = n + 1 WHERE k = ?'
const INSERT = 'INSERT INTO ks.t (k) VALUES (?)'
const SELECT = 'SELECT v FROM ks.t WHERE k = ?'
const key = hex('01')
const forgetful: readonly (readonly ClusterName[])[] = [['origin'], ['target'], ['origin', 'target']]

/** How often a server was asked to prepare a text. */
function prepares(server: ScriptedServer, text: string): number {
  return server.find((request) => request.type === 'prepare' && request.message.query === text).length
}

/** How often a server did what was asked: its answer was not that it forgot. */
function applied(requests: readonly ReceivedRequest[], text: string): number {
  return requests.filter((request) => request.type !== 'prepare' && request.texts.includes(text)).length
}

describe('a statement that a cluster forgot', () => {
  it.each(forgetful.map((names) => [names] as const))(
    'is prepared again and applied once on each cluster: %j, EXECUTE',
    async (names) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client()
      const id = await client.prepareId(INCREMENT)
      const primes = fixture.servers.map((server) => server.prime(INCREMENT, reply.void()))
      for (const name of names) fixture[name].forgetPrepared()
      expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' })
      expect(primes.map(({ requests }) => requests.length)).toStrictEqual([1, 1])
      for (const server of fixture.servers) {
        expect(prepares(server, INCREMENT)).toBe((names as readonly string[]).includes(server.name) ? 2 : 1)
      }
      // Both parts, the one sent again too, carry the same time.
      const times = primes.map(({ requests: [one] }) => one?.type === 'execute' && one.message.parameters.timestamp)
      expect(times[0]).toBeTypeOf('bigint')
      expect(times[1]).toBe(times[0])
    },
  )

  it.each(forgetful.map((names) => [names] as const))(
    'is prepared again and applied once on each cluster: %j, BATCH of several',
    async (names) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client()
      const [increment, insert] = [await client.prepareId(INCREMENT), await client.prepareId(INSERT)]
      const primes = fixture.servers.map((server) => server.prime((request) => request.type === 'batch', reply.void()))
      for (const name of names) fixture[name].forgetPrepared()
      const children = [
        { id: increment, values: [key] },
        { query: 'INSERT INTO ks.u (k) VALUES (1)', values: [] },
        { id: insert, values: [key] },
        { id: increment, values: [hex('02')] },
      ]
      expect(resultOf(await client.batch(children))).toStrictEqual({ kind: 'void' })
      for (const { requests } of primes) {
        expect(applied(requests, INCREMENT)).toBe(1)
        expect(requests[0]?.texts).toStrictEqual([INCREMENT, 'INSERT INTO ks.u (k) VALUES (1)', INSERT, INCREMENT])
      }
    },
  )

  it('is prepared again for a read', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(SELECT)
    fixture.origin.prime(SELECT, reply.rows(['v text'], [['one']]))
    fixture.origin.forgetPrepared()
    expect(rowsOf(await client.execute(id, [key])).rows).toStrictEqual([[Buffer.from('one')]])
    expect([prepares(fixture.origin, SELECT), prepares(fixture.target, SELECT)]).toStrictEqual([2, 1])
  })

  it('is prepared in the keyspace that it was prepared in, wherever the client is now', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.query('USE shop')
    const id = await client.prepareId('INSERT INTO t (k) VALUES (?)')
    await client.query('USE other')
    fixture.target.forgetPrepared()
    expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' })
    expect(fixture.target.find(({ type }) => type === 'prepare').map(({ keyspace }) => keyspace)).toStrictEqual([
      'shop',
      'shop',
    ])
  })

  it('is prepared once for many requests that wait for it', async () => {
    await using fixture = await ProxyFixture.start()
    const clients = await Promise.all([fixture.client(), fixture.client()])
    const id = await clients[0]?.prepareId(INSERT)
    fixture.target.forgetPrepared()
    const gate = fixture.target.hold(({ type }) => type === 'prepare')
    const answers = clients.flatMap((client) => Array.from({ length: 50 }, () => client.execute(id ?? key, [key])))
    await gate.arrived()
    await eventually(() => expect(fixture.target.find(({ type }) => type === 'execute')).toHaveLength(100))
    gate.release()
    for (const answer of answers) expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    // One that was answered late may find it forgotten once more; a hundred PREPAREs are the storm that must not be.
    expect(prepares(fixture.target, INSERT)).toBeLessThanOrEqual(3)
  })

  it.each(['origin', 'target'] as const)(
    'and that %s forgets again at once is UNPREPARED under the id that the client knows',
    async (name) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client()
      const id = await client.prepareId(INSERT)
      const forgotten = reply.error(ErrorCode.UNPREPARED, 'gone', { id: Buffer.alloc(16, 9) })
      fixture[name].on('execute', () => forgotten)
      expect(errorOf(await client.execute(id, [key]))).toStrictEqual({
        code: ErrorCode.UNPREPARED,
        message: `${name}: gone`,
        id,
      })
      expect(fixture[name].find(({ type }) => type === 'execute')).toHaveLength(2)
    },
  )

  it('and that is gone again and again out of a batch is UNPREPARED under the id that the client knows', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const [first, second] = [await client.prepareId(INSERT), await client.prepareId('DELETE FROM ks.t WHERE k = ?')]
    fixture.target.on('batch', (request) => {
      const [, child] = request.message.statements
      return reply.error(ErrorCode.UNPREPARED, 'gone', { id: child && 'id' in child ? child.id : Buffer.alloc(0) })
    })
    const children = [
      { id: first, values: [key] },
      { id: second, values: [key] },
    ]
    expect(errorOf(await client.batch(children))).toStrictEqual({
      code: ErrorCode.UNPREPARED,
      message: 'target: gone',
      id: second,
    })
  })

  it('and that is not idempotent is never UNPREPARED once the other cluster applied it', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INCREMENT)
    fixture.target.on('execute', () => reply.error(ErrorCode.UNPREPARED, 'gone', { id }))
    const { code, message } = errorOf(await client.execute(id, [key]))
    expect(errorCodeName(code)).toBe('WRITE_TIMEOUT')
    expect(message).toContain('origin applied it; target answered UNPREPARED (gone)')
  })

  it('and that cannot be prepared any more is the first error under the client’s id, and the reason is logged', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.target.forgetPrepared()
    fixture.target.on('prepare', () => reply.error(ErrorCode.INVALID, 'no table t'))
    expect(errorOf(await client.execute(id, [key]))).toMatchObject({ code: ErrorCode.UNPREPARED, id })
    expect(fixture.log.of('prepare-again-failed')).toMatchObject([{ error: 'target refused to prepare the statement' }])
  })

  it('is an error, on time, where the cluster is silent then', async () => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 250 } })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.target.forgetPrepared()
    fixture.target.on('prepare', 'silence')
    const startMs = performance.now()
    // Whichever ends first, its time or the PREPARE's: no answer of the cluster, and the client may go on either way.
    const { code, message } = errorOf(await client.execute(id, [key]))
    expect(['WRITE_TIMEOUT', 'UNPREPARED']).toContain(errorCodeName(code))
    expect(message).toMatch(/^target/)
    expect(performance.now() - startMs).toBeLessThan(2_500)
  })

  it('is an error where the connection is lost meanwhile', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.target.forgetPrepared()
    const gate = fixture.target.hold(({ type }) => type === 'prepare')
    const answer = client.execute(id, [key])
    await gate.arrived()
    fixture.target.killConnections()
    expect(errorOf(await answer)).toMatchObject({ code: ErrorCode.UNPREPARED, id })
    gate.release()
    await eventually(async () => expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' }))
  })

  it('is not looked for in an error that is cut', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    const whole = hex('00002500', '0004 676f6e65', '0002 0909')
    for (let length = 0; length < whole.length; length++) {
      const cut = reply.body(0, whole.subarray(0, length))
      fixture.target.prime((request) => request.type === 'batch' || request.type === 'execute', cut)
      for (const send of [() => client.batch([{ id, values: [key] }]), () => client.execute(id, [key])]) {
        const answer = await send()
        expect(answer.header.opcode).toBe(0)
      }
    }
    fixture.target.prime((request) => request.type === 'execute', reply.void())
    expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' })
    expect(fixture.log.of('cluster-connection-lost')).toStrictEqual([])
  })
})

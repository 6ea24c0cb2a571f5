import { ErrorCode, errorCodeName } from '@zdmkit/protocol'
import { eventually, hex, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf, rowsOf } from '../support/raw-client.ts'

const INSERT = 'INSERT INTO ks.t (k) VALUES (?)'
const SELECT = 'SELECT v FROM ks.t WHERE k = ?'
const key = hex('01')

function isPrepare({ type }: { type: string }): boolean {
  return type === 'prepare'
}

function prepares(server: ScriptedServer): string[] {
  return server.requests.flatMap((request) => (request.type === 'prepare' ? [request.message.query] : []))
}

describe('a statement prepared before a cluster joined the routing', () => {
  it('is prepared there by its first EXECUTE, which is applied once on each', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.proxy.changeRouting({ writes: 'dual' })
    expect(prepares(fixture.target)).toStrictEqual([])
    for (let i = 0; i < 2; i++) expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' })
    expect([prepares(fixture.origin), prepares(fixture.target)]).toStrictEqual([[INSERT], [INSERT]])
    for (const server of fixture.servers) expect(server.find(INSERT)).toHaveLength(2)
  })

  it('is prepared there by the first BATCH that has it, each child once', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const texts = [INSERT, 'DELETE FROM ks.t WHERE k = ?']
    const ids = [await client.prepareId(texts[0] ?? ''), await client.prepareId(texts[1] ?? '')]
    fixture.proxy.changeRouting({ writes: 'dual' })
    const children = [...ids, ...ids].map((id) => ({ id, values: [key] }))
    expect(resultOf(await client.batch(children))).toStrictEqual({ kind: 'void' })
    expect(prepares(fixture.target).sort()).toStrictEqual([...texts].sort())
    expect(fixture.target.find((request) => request.type === 'batch')).toMatchObject([{ texts: [...texts, ...texts] }])
  })

  it('is prepared there by a read that moves to it', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const id = await client.prepareId(SELECT)
    fixture.proxy.changeRouting({ writes: 'dual', targetReadPercent: 100 })
    fixture.target.prime(SELECT, reply.rows(['v text'], [['one']]))
    expect(rowsOf(await client.execute(id, [key])).rows).toStrictEqual([[Buffer.from('one')]])
    expect(prepares(fixture.target)).toStrictEqual([SELECT])
  })

  it('is prepared in the keyspace that it was prepared in', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    await client.query('USE shop')
    const id = await client.prepareId('INSERT INTO t (k) VALUES (?)')
    await client.query('USE other')
    fixture.proxy.changeRouting({ writes: 'dual' })
    expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' })
    expect(fixture.target.find(isPrepare).map(({ keyspace }) => keyspace)).toStrictEqual(['shop'])
  })

  it('is prepared once for many first requests', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const clients = await Promise.all([fixture.client(), fixture.client()])
    const id = (await clients[0]?.prepareId(INSERT)) ?? key
    fixture.proxy.changeRouting({ writes: 'dual' })
    const gate = fixture.target.hold(isPrepare)
    const answers = clients.flatMap((client) => Array.from({ length: 100 }, () => client.execute(id, [key])))
    await gate.arrived()
    // They are all at the proxy when one that needs no PREPARE and came last is answered.
    for (const client of clients) await client.query('SELECT v FROM ks.t')
    gate.release()
    for (const answer of answers) expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    expect(prepares(fixture.target)).toStrictEqual([INSERT])
    expect(fixture.target.find(INSERT)).toHaveLength(200)
  })

  it('is answered with the cluster’s error where it cannot be prepared, and nothing is sent to the other', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.proxy.changeRouting({ writes: 'dual' })
    fixture.target.on('prepare', () =>
      reply.with(reply.error(ErrorCode.UNAUTHORIZED, 'not yours'), { warnings: ['careful'] }),
    )
    for (const answer of [await client.execute(id, [key]), await client.batch([{ id, values: [key] }])]) {
      expect(errorOf(answer)).toStrictEqual({
        code: ErrorCode.UNAUTHORIZED,
        message: 'target refused to prepare the statement: not yours',
      })
    }
    // An error with fields of its own.
    fixture.target.on('prepare', () => reply.error(ErrorCode.UNAVAILABLE, 'nobody there', { required: 2, alive: 1 }))
    expect(errorOf(await client.execute(id, [key]))).toMatchObject({
      code: ErrorCode.UNAVAILABLE,
      message: 'target refused to prepare the statement: nobody there',
    })
    expect(fixture.origin.find(INSERT)).toStrictEqual([])
  })

  it('is answered with the cluster’s error where it does not have the keyspace', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' }, target: { keyspaces: ['other'] } })
    const client = await fixture.client()
    await client.query('USE shop')
    const id = await client.prepareId('INSERT INTO t (k) VALUES (?)')
    await client.query('USE other')
    fixture.proxy.changeRouting({ writes: 'dual' })
    await eventually(async () => {
      expect(errorOf(await client.execute(id, [key]))).toStrictEqual({
        code: ErrorCode.INVALID,
        message: `target refused USE "shop": Keyspace 'shop' does not exist`,
      })
    })
    expect(fixture.origin.find(/INSERT/)).toStrictEqual([])
  })

  it('is OVERLOADED where the cluster is down or silent, on time, and nothing is sent to the other', async () => {
    await using fixture = await ProxyFixture.start({
      routing: { writes: 'origin' },
      options: { requestTimeoutMs: 500 },
    })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.proxy.changeRouting({ writes: 'dual' })
    fixture.target.on('prepare', 'silence')
    const startMs = performance.now()
    const silent = errorOf(await client.execute(id, [key]))
    expect(performance.now() - startMs).toBeLessThan(2_500)
    expect(errorCodeName(silent.code)).toBe('OVERLOADED')
    expect(silent.message).toMatch(/^the statement could not be prepared.*; nothing was sent$/)
    await fixture.target.stop()
    await eventually(() => fixture.log.of('cluster-connection-failed').length > 0)
    const down = errorOf(await client.execute(id, [key]))
    expect([errorCodeName(down.code), down.message]).toStrictEqual([
      'OVERLOADED',
      expect.stringMatching(/^the statement could not be prepared: target: cannot connect to .*; nothing was sent$/),
    ])
    expect(fixture.origin.find(INSERT)).toStrictEqual([])
  })

  it('is answered once and sent nowhere where the PREPARE comes back after the time-out', async () => {
    await using fixture = await ProxyFixture.start({
      routing: { writes: 'origin' },
      options: { requestTimeoutMs: 500 },
    })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.proxy.changeRouting({ writes: 'dual' })
    const gate = fixture.target.hold(isPrepare)
    const { code } = errorOf(await client.execute(id, [key]))
    expect(errorCodeName(code)).toBe('OVERLOADED')
    gate.release()
    expect(resultOf(await client.execute(id, [key]))).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) expect(server.find(INSERT)).toHaveLength(1)
  })

  it('holds up a change of routing while it waits', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.proxy.changeRouting({ writes: 'dual' })
    const gate = fixture.target.hold(isPrepare)
    const answer = client.execute(id, [key])
    await gate.arrived()
    expect(fixture.proxy.changeRouting({ targetReadPercent: 10 })).toMatchObject({
      settled: false,
      unsettledRequests: 1,
    })
    gate.release()
    await answer
    expect(fixture.proxy.routing).toMatchObject({ settled: true, unsettledRequests: 0 })
    // Its routing is that of its arrival.
    for (const server of fixture.servers) expect(server.find(INSERT)).toHaveLength(1)
  })
})

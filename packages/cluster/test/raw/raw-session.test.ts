import { ErrorCode } from '@zdmkit/protocol'
import { eventually, reply, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { RawSession } from '../../src/index.ts'

const SELECT = 'SELECT v FROM ks.t WHERE k = ?'

function open(
  servers: readonly ScriptedServer[],
  options: { connectionsPerNode?: number; requestTimeoutMs?: number } = {},
) {
  return RawSession.open({
    nodes: servers.map(({ host, port }) => ({ host, port })),
    connectionsPerNode: 1,
    ...options,
  })
}

describe('RawSession', () => {
  it('gives every page of a statement and ends only where there is no paging state, empty pages or not', async () => {
    await using server = await ScriptedServer.start()
    server.primePages(SELECT, { columns: ['v text'], pages: [[['a'], ['b']], [], [], [['c']], []] })
    await using session = await open([server])
    const statement = await session.prepare(SELECT)
    const pages: string[][] = []
    for await (const { rows } of session.pages(statement, [Buffer.of(1)], { pageSize: 2 })) {
      pages.push(rows.map(([cell]) => String(cell)))
    }
    expect(pages).toStrictEqual([['a', 'b'], [], [], ['c'], []])
    expect(server.violations).toStrictEqual([])
  })

  it('keeps null, empty and UNSET values apart on the wire', async () => {
    await using server = await ScriptedServer.start()
    await using session = await open([server])
    const statement = await session.prepare('INSERT INTO ks.t (k, a, b, c) VALUES (?, ?, ?, ?)')
    await session.execute(statement, [Buffer.of(1), null, undefined, Buffer.alloc(0)])
    const [request] = server.find(statement.text)
    expect(request).toMatchObject({
      type: 'execute',
      message: { parameters: { values: [Buffer.of(1), null, undefined, Buffer.alloc(0)], consistency: 6 } },
    })
    expect(request?.type === 'execute' && request.message.parameters.timestamp).toBeUndefined()
  })

  it('prepares again where a statement is not known, with the id that the server then gives', async () => {
    await using server = await ScriptedServer.start()
    server.prime(SELECT, reply.rows(['v text'], [['a']]))
    await using session = await open([server])
    const statement = await session.prepare(SELECT)
    const other = await session.prepare('UPDATE ks.t SET v = ? WHERE k = ?')
    server.forgetPrepared()
    expect((await session.execute(statement, [Buffer.of(1)])).rows).toStrictEqual([[Buffer.from('a')]])
    server.forgetPrepared()
    await session.batch([
      { statement: other, values: [Buffer.of(1), Buffer.of(2)] },
      { statement: other, values: [Buffer.of(3), Buffer.of(4)] },
    ])
    expect(server.find(({ type }) => type === 'prepare')).toHaveLength(4)
  })

  it('prepares a text once, and again after it failed', async () => {
    await using server = await ScriptedServer.start()
    let isBroken = true
    server.on('prepare', () => (isBroken ? reply.error(ErrorCode.INVALID, 'no such table') : undefined))
    await using session = await open([server])
    await expect(session.prepare(SELECT)).rejects.toMatchObject({ code: 'CLUSTER_INVALID' })
    isBroken = false
    expect(await session.prepare(SELECT)).toBe(await session.prepare(SELECT))
  })

  it('sends to the connection with the fewest requests in flight', async () => {
    await using one = await ScriptedServer.start({ name: 'one' })
    await using two = await ScriptedServer.start({ name: 'two' })
    await using session = await open([one, two])
    const statement = await session.prepare(SELECT)
    const gates = [one.hold(SELECT), two.hold(SELECT)]
    const running = Array.from({ length: 6 }, () => session.execute(statement, [Buffer.of(1)]))
    await Promise.all(gates.map((gate) => gate.arrived(3)))
    expect(gates.map(({ waiting }) => waiting.length)).toStrictEqual([3, 3])
    expect(session.inFlight).toBe(6)
    for (const gate of gates) gate.release()
    await Promise.all(running)
  })

  it('avoids a node that timed out a moment ago', async () => {
    await using slow = await ScriptedServer.start({ name: 'slow' })
    await using well = await ScriptedServer.start({ name: 'well' })
    slow.prime(SELECT, 'silence')
    await using session = await open([slow, well], { requestTimeoutMs: 30 })
    const statement = await session.prepare(SELECT)
    const outcomes = await Promise.allSettled([1, 2].map(() => session.execute(statement, [Buffer.of(1)])))
    expect(outcomes.map(({ status }) => status).sort()).toStrictEqual(['fulfilled', 'rejected'])
    for (let i = 0; i < 5; i++) await session.execute(statement, [Buffer.of(1)])
    expect(slow.find(SELECT)).toHaveLength(1)
  })

  it('opens a lost connection again and says meanwhile that there is none', async () => {
    await using server = await ScriptedServer.start()
    await using session = await open([server])
    const statement = await session.prepare(SELECT)
    const gate = server.hold(SELECT)
    const running = session.execute(statement, [Buffer.of(1)])
    await gate.arrived()
    server.killConnections()
    await expect(running).rejects.toMatchObject({ code: 'CLUSTER_CONNECTION_LOST' })
    await expect(session.execute(statement, [Buffer.of(1)])).rejects.toMatchObject({ code: 'CLUSTER_NO_HOST' })
    gate.release()
    await eventually(() => session.execute(statement, [Buffer.of(1)]), { timeoutMs: 5000, everyMs: 20 })
  })

  it('needs one node that answers, and names those that do not', async () => {
    await using server = await ScriptedServer.start()
    const gone = await ScriptedServer.start()
    await gone.stop()
    await using session = await open([gone, server])
    expect((await session.prepare(SELECT)).text).toBe(SELECT)
    await expect(open([gone])).rejects.toMatchObject({
      code: 'CLUSTER_NO_HOST',
      message: expect.stringContaining(`127.0.0.1:${gone.port}`),
    })
  })

  it('says that a login is wrong even where another node is down', async () => {
    await using server = await ScriptedServer.start({ auth: { username: 'u', password: 'p' } })
    const gone = await ScriptedServer.start()
    await gone.stop()
    const opening = RawSession.open({
      nodes: [gone, server].map(({ host, port }) => ({ host, port })),
      credentials: { username: 'u', password: 'wrong' },
    })
    await expect(opening).rejects.toMatchObject({ code: 'CLUSTER_AUTH_FAILED' })
  })

  it.each([
    [ErrorCode.WRITE_TIMEOUT, 'CLUSTER_TIMEOUT'],
    [ErrorCode.UNAVAILABLE, 'CLUSTER_UNAVAILABLE'],
    [ErrorCode.OVERLOADED, 'CLUSTER_OVERLOADED'],
    [ErrorCode.INVALID, 'CLUSTER_INVALID'],
  ])('gives error 0x%s of the server as %s', async (serverCode, code) => {
    await using server = await ScriptedServer.start()
    server.prime(SELECT, reply.error(serverCode, 'because'))
    await using session = await open([server])
    const statement = await session.prepare(SELECT)
    await expect(session.execute(statement, [Buffer.of(1)])).rejects.toMatchObject({
      code,
      message: expect.stringContaining('because'),
    })
  })

  it('fails what is asked of it once it is closed, and what was in flight', async () => {
    await using server = await ScriptedServer.start()
    const session = await open([server])
    const statement = await session.prepare(SELECT)
    const gate = server.hold(SELECT)
    const running = session.execute(statement, [Buffer.of(1)])
    await gate.arrived()
    session.close()
    await expect(running).rejects.toMatchObject({ code: 'CLUSTER_CONNECTION_LOST' })
    await expect(session.execute(statement, [])).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    expect(session.isClosed).toBe(true)
  })
})

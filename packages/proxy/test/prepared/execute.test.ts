import { createHash } from 'node:crypto'
import { Consistency, ErrorCode, execute, HeaderFlag, type QueryParameters } from '@zdmkit/protocol'
import { hex, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { preparedId } from '../../src/prepared/prepared-cache.ts'
import { frameLike, timestampOf } from '../support/frames.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf, rowsOf } from '../support/raw-client.ts'

const INSERT = 'INSERT INTO ks.t (k, v) VALUES (?, ?)'
const SELECT = 'SELECT v FROM ks.t WHERE k = ?'
const CONSISTENCY = Consistency.LOCAL_QUORUM

/** The id that a scripted server gives: another one on each. */
function serverId(server: ScriptedServer, text: string): Buffer {
  return createHash('md5').update(`${server.name}\0\0${text}`).digest()
}

const values = [hex('00000001'), Buffer.from('text')]

/** Every form that a request can have beside its id. */
const forms: readonly [string, QueryParameters][] = [
  ['values by place', { consistency: CONSISTENCY, values }],
  ['null, unset and empty values', { consistency: CONSISTENCY, values: [null, undefined, Buffer.alloc(0)] }],
  ['values by name', { consistency: CONSISTENCY, values, names: ['k', 'v'] }],
  ['no values', { consistency: Consistency.ANY }],
  ['serial consistency', { consistency: CONSISTENCY, values, serialConsistency: Consistency.LOCAL_SERIAL }],
  ['page size and no metadata', { consistency: CONSISTENCY, values, pageSize: 5000, skipMetadata: true }],
  ['64 KiB and more', { consistency: CONSISTENCY, values: [Buffer.alloc(100_000, 0x61)] }],
]

describe('EXECUTE of a write', () => {
  it.each(forms)('reaches both clusters byte by byte, but for stream, id and time: %s', async (_what, parameters) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    expect(resultOf(await client.ask(execute, { id, parameters }, { stream: 300 }))).toStrictEqual({ kind: 'void' })
    const times = fixture.servers.map((server) => timestampOf(server.find(INSERT)[0]))
    expect(times[0]).toBeTypeOf('bigint')
    expect(times[1]).toBe(times[0])
    for (const server of fixture.servers) {
      const [received] = server.find(INSERT)
      const message = { id: serverId(server, INSERT), parameters: { ...parameters, timestamp: times[0] ?? 0n } }
      expect(received?.frame).toStrictEqual(frameLike(received, execute, message))
    }
  })

  it('keeps the client’s own timestamp: nothing but stream and id is another one', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    const parameters = { consistency: CONSISTENCY, values, timestamp: 1_234_567n }
    await client.ask(execute, { id, parameters })
    for (const server of fixture.servers) {
      const [received] = server.find(INSERT)
      expect(received?.frame).toStrictEqual(frameLike(received, execute, { id: serverId(server, INSERT), parameters }))
    }
  })

  it('finds the id behind a custom payload, and keeps payload and tracing flag', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    const customPayload = { 'request-id': hex('0102030405060708'), none: null, empty: Buffer.alloc(0) }
    const parameters = { consistency: CONSISTENCY, values, timestamp: 1n }
    const answer = await client.ask(execute, { id, parameters }, { customPayload, flags: HeaderFlag.TRACING })
    expect(answer.prefix.tracingId).not.toBeNull()
    for (const server of fixture.servers) {
      const [received] = server.find(INSERT)
      const message = { id: serverId(server, INSERT), parameters }
      expect(received?.frame).toStrictEqual(
        frameLike(received, execute, message, { customPayload, flags: HeaderFlag.TRACING }),
      )
    }
  })

  it('of version 3 is the same', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client({ version: 3 })
    const id = await client.prepareId(INSERT)
    const parameters = { consistency: CONSISTENCY, values, timestamp: 1n }
    await client.ask(execute, { id, parameters })
    for (const server of fixture.servers) {
      const [received] = server.find(INSERT)
      const message = { id: serverId(server, INSERT), parameters }
      expect(received?.frame).toStrictEqual(frameLike(received, execute, message, { version: 3 }))
    }
  })

  it('that changes no rows gets no timestamp', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = 'TRUNCATE ks.t'
    await client.execute(await client.prepareId(text))
    for (const server of fixture.servers) expect(server.find(text).map(timestampOf)).toStrictEqual([undefined])
  })

  it('that is conditional gets no timestamp: the clusters order such writes themselves', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = 'INSERT INTO ks.t (k) VALUES (?) IF NOT EXISTS'
    await client.execute(await client.prepareId(text), [hex('01')])
    for (const server of fixture.servers) expect(timestampOf(server.find(text)[0])).toBeUndefined()
  })

  it('goes to one cluster where the routing says so', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.proxy.changeRouting({ writes: 'target', primary: 'target' })
    await client.execute(id, values)
    expect([fixture.origin.find(INSERT).length, fixture.target.find(INSERT).length]).toStrictEqual([0, 1])
    expect(fixture.target.find(INSERT)[0]).toMatchObject({ message: { id: serverId(fixture.target, INSERT) } })
  })
})

describe('EXECUTE of a read', () => {
  it.each(['origin', 'target'] as const)('goes to %s alone, byte by byte but for stream and id', async (name) => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: name === 'target' ? 100 : 0 } })
    const client = await fixture.client()
    const id = await client.prepareId(SELECT)
    fixture[name].prime(SELECT, reply.rows(['v text'], [['one'], [null]]))
    const parameters = {
      consistency: CONSISTENCY,
      values: [hex('01')],
      pageSize: 100,
      serialConsistency: Consistency.SERIAL,
    }
    const answer = await client.ask(execute, { id, parameters })
    expect(rowsOf(answer).rows).toStrictEqual([[Buffer.from('one')], [null]])
    const [received] = fixture[name].find(SELECT)
    const message = { id: serverId(fixture[name], SELECT), parameters }
    expect(received?.frame).toStrictEqual(frameLike(received, execute, message))
    expect(fixture[name === 'origin' ? 'target' : 'origin'].find(SELECT)).toStrictEqual([])
  })
})

describe('EXECUTE of a statement with functions', () => {
  const text = 'INSERT INTO ks.t (k, id, at, v) VALUES (?, uuid(), toTimestamp(now()), ?)'

  it('becomes the QUERY that says the same with values in their place, the same on both clusters', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(text)
    await client.execute(id, values, { serialConsistency: Consistency.SERIAL, pageSize: 10 })
    await client.execute(id, values)
    const [origin, target] = fixture.servers.map((server) => fixture.requests(server))
    expect(origin?.map(({ type }) => type)).toStrictEqual(['query', 'query'])
    expect(origin?.[0]?.text).toMatch(
      /^INSERT INTO ks\.t \(k, id, at, v\) VALUES \(\?, [0-9a-f-]{36}, toTimestamp\(\(timeuuid\)[0-9a-f-]{36}\), \?\)$/,
    )
    expect(origin?.[0]?.text).not.toBe(origin?.[1]?.text)
    expect(origin?.map(({ message }) => message)).toStrictEqual(target?.map(({ message }) => message))
    const [first] = origin ?? []
    expect(first?.type === 'query' && first.message.parameters).toStrictEqual({
      consistency: CONSISTENCY,
      values,
      pageSize: 10,
      serialConsistency: Consistency.SERIAL,
      timestamp: timestampOf(first),
    })
    expect((await fixture.metrics()).get('zdm_proxy_replaced_functions_total')).toBe(4)
  })

  it('keeps values by name and a custom payload', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const named = 'INSERT INTO ks.t (k, id) VALUES (:k, uuid())'
    const id = await client.prepareId(named)
    const customPayload = { key: Buffer.from('v') }
    await client.execute(id, [hex('01')], { names: ['k'] }, { customPayload })
    for (const server of fixture.servers) {
      const [received] = fixture.requests(server)
      expect(received).toMatchObject({
        type: 'query',
        customPayload,
        message: { parameters: { values: [hex('01')], names: ['k'] } },
      })
    }
  })

  it('is forwarded as it is where the setting says so', async () => {
    await using fixture = await ProxyFixture.start({ options: { replacesCqlFunctions: false } })
    const client = await fixture.client()
    await client.execute(await client.prepareId(text), values)
    for (const server of fixture.servers) expect(server.find(text)).toMatchObject([{ type: 'execute' }])
  })

  it('shows the client the variables that it has to bind, and no others', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const prepared = resultOf(await client.prepare(text))
    expect(prepared.kind === 'prepared' && prepared.variables.columns.map(({ name }) => name)).toStrictEqual([
      'v0',
      'v1',
    ])
  })

  it('is refused where its unqualified table would be looked for in another keyspace than it was prepared in', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.query('USE shop')
    const unqualified = await client.prepareId('INSERT INTO t (k, id) VALUES (?, uuid())')
    const qualified = await client.prepareId(text)
    const plain = await client.prepareId('INSERT INTO t (k) VALUES (?)')
    expect(resultOf(await client.execute(unqualified, [hex('01')]))).toStrictEqual({ kind: 'void' })
    await client.query('USE other')
    const before = fixture.requests(fixture.origin).length
    for (const answer of [
      await client.execute(unqualified, [hex('01')]),
      await client.batch([{ id: unqualified, values: [hex('01')] }]),
    ]) {
      expect(errorOf(answer)).toStrictEqual({
        code: ErrorCode.INVALID,
        message:
          'the statement was prepared in keyspace shop and calls uuid() or the like, whose values the proxy makes; ' +
          'qualify its table with the keyspace, or USE shop before it',
      })
    }
    expect(fixture.requests(fixture.origin)).toHaveLength(before)
    // A batch may have more tables than its first.
    await client.query('USE shop')
    const batch = await client.prepareId(
      'BEGIN BATCH INSERT INTO ks.t (k, id) VALUES (?, uuid()); DELETE FROM t WHERE k = 1; APPLY BATCH',
    )
    await client.query('USE other')
    expect(errorOf(await client.execute(batch, [hex('01')])).code).toBe(ErrorCode.INVALID)
    // All others are found by their id, wherever they are.
    expect(resultOf(await client.execute(qualified, values))).toStrictEqual({ kind: 'void' })
    expect(resultOf(await client.execute(plain, [hex('01')]))).toStrictEqual({ kind: 'void' })
    const outside = await (await fixture.client()).prepareId(
      'BEGIN BATCH DELETE FROM ks.t WHERE id = uuid(); APPLY BATCH',
    )
    expect(resultOf(await client.execute(outside))).toStrictEqual({ kind: 'void' })
  })
})

describe('EXECUTE of an id that the proxy does not know', () => {
  it('is UNPREPARED with that id, asked of no cluster, and counted', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    for (const id of [preparedId(INSERT, null), Buffer.alloc(0), Buffer.alloc(300, 7)]) {
      expect(errorOf(await client.execute(id, values))).toStrictEqual({
        code: ErrorCode.UNPREPARED,
        message: `the proxy does not know the prepared statement 0x${id.toString('hex').slice(0, 64)}; prepare it again`,
        id,
      })
    }
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
    expect((await fixture.metrics()).get('zdm_pscache_miss_total')).toBe(3)
  })

  it('is one that only a cluster gave: those ids are not the proxy’s', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.prepareId(INSERT)
    for (const server of fixture.servers) {
      expect(errorOf(await client.execute(serverId(server, INSERT), values)).code).toBe(ErrorCode.UNPREPARED)
    }
  })

  it('is known to every client once one of them prepared it', async () => {
    await using fixture = await ProxyFixture.start()
    const id = await (await fixture.client()).prepareId(INSERT)
    const other = await fixture.client()
    expect(resultOf(await other.execute(id, values))).toStrictEqual({ kind: 'void' })
  })
})

import { Consistency, ErrorCode, HeaderFlag, type QueryParameters, query } from '@zdmkit/protocol'
import { hex, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { frameLike, timestampOf } from '../support/frames.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf, rowsOf } from '../support/raw-client.ts'

const CONSISTENCY = Consistency.LOCAL_QUORUM
const INSERT = "INSERT INTO ks.t (k, v) VALUES (1, 'ä — 世界')"

const forms: readonly [string, QueryParameters][] = [
  ['nothing but a consistency', { consistency: Consistency.TWO }],
  ['values by place', { consistency: CONSISTENCY, values: [hex('01'), null, undefined, Buffer.alloc(0)] }],
  ['values by name', { consistency: CONSISTENCY, values: [hex('01')], names: ['k'] }],
  [
    'page size, no metadata, serial consistency',
    { consistency: CONSISTENCY, pageSize: 1, skipMetadata: true, serialConsistency: Consistency.SERIAL },
  ],
  ['70 KiB of values', { consistency: CONSISTENCY, values: [Buffer.alloc(70_000, 0x62)] }],
]

describe('a QUERY that writes', () => {
  it.each(forms)('reaches both clusters byte by byte, but for stream and time: %s', async (_what, parameters) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const customPayload = { 'request-id': hex('0102') }
    await client.ask(query, { query: INSERT, parameters }, { customPayload, flags: HeaderFlag.TRACING })
    const times = fixture.servers.map((server) => timestampOf(server.find(INSERT)[0]))
    expect(times[0]).toBeTypeOf('bigint')
    expect(times[1]).toBe(times[0])
    for (const server of fixture.servers) {
      const [received] = server.find(INSERT)
      const message = { query: INSERT, parameters: { ...parameters, timestamp: times[0] ?? 0n } }
      expect(received?.frame).toStrictEqual(
        frameLike(received, query, message, { customPayload, flags: HeaderFlag.TRACING }),
      )
    }
  })

  it.each([3, 4] as const)(
    'is forwarded without any change but the stream where it has a timestamp, in version %i',
    async (version) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client({ version })
      const parameters = { consistency: CONSISTENCY, values: [hex('01')], timestamp: -5n }
      await client.ask(query, { query: INSERT, parameters })
      for (const server of fixture.servers) {
        const [received] = server.find(INSERT)
        expect(received?.frame).toStrictEqual(frameLike(received, query, { query: INSERT, parameters }, { version }))
      }
    },
  )

  it('gets a time that rises from write to write and is the wall clock’s', async () => {
    await using fixture = await ProxyFixture.start()
    const clients = await Promise.all([fixture.client(), fixture.client()])
    const before = BigInt(Date.now()) * 1000n
    for (let i = 0; i < 20; i++) await clients[i % 2]?.query(`INSERT INTO ks.t (k) VALUES (${i})`)
    const [origin, target] = fixture.servers.map((server) =>
      fixture.requests(server).map((one) => timestampOf(one) ?? 0n),
    )
    expect(origin).toStrictEqual(target)
    expect(origin?.every((time, i) => i === 0 || time > (origin[i - 1] ?? 0n))).toBe(true)
    expect((origin?.[0] ?? 0n) >= before - 1_000n && (origin?.at(-1) ?? 0n) < before + 60_000_000n).toBe(true)
  })

  it('has no function in a text literal, a name or a comment', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = `INSERT INTO ks.t (k, "now()") VALUES ('uuid()', $$now()$$) /* now() */`
    await client.query(text)
    for (const server of fixture.servers) expect(server.find(text)).toHaveLength(1)
  })

  it.each([
    ["UPDATE ks.t USING TIMESTAMP 5 SET v = 'x' WHERE k = 1"],
    ['BEGIN BATCH USING TIMESTAMP 5 INSERT INTO ks.t (k) VALUES (1); APPLY BATCH'],
  ])('that brings its own time keeps its text, and that time wins on the server: %s', async (text) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.query(text)
    for (const server of fixture.servers) expect(server.find(text)).toHaveLength(1)
  })
})

describe('a QUERY that is conditional or changes no data', () => {
  it.each([
    ["UPDATE ks.t SET v = 'x' WHERE k = 1 IF v = 'y'"],
    ['INSERT INTO ks.t (k) VALUES (1) IF NOT EXISTS'],
    ['BEGIN BATCH INSERT INTO ks.t (k) VALUES (1) IF NOT EXISTS; APPLY BATCH'],
    ['CREATE TABLE ks.t (k int PRIMARY KEY)'],
    ['TRUNCATE ks.t'],
    ['GRANT SELECT ON ks.t TO bob'],
    ['LIST ROLES'],
    ['DESCRIBE TABLES'],
    ['SOMETHING new'],
  ])('gets no time and is forwarded without any change but the stream: %s', async (text) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const parameters = { consistency: CONSISTENCY, values: [hex('01')] }
    await client.ask(query, { query: text, parameters })
    for (const server of fixture.servers) {
      const [received] = server.find(text)
      expect(received?.frame).toStrictEqual(frameLike(received, query, { query: text, parameters }))
    }
  })
})

/** Every function, alone and nested, with what stands in its place. */
const functions: readonly [string, RegExp][] = [
  ['uuid()', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ['now()', /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ['currentTimeUUID()', /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ['currentTimestamp()', /^\d{13}$/],
  ['currentDate()', /^'\d{4}-\d{2}-\d{2}'$/],
  ['currentTime()', /^'\d{2}:\d{2}:\d{2}\.\d{9}'$/],
  ['current_timestamp()', /^\d{13}$/],
  ['system.now()', /^[0-9a-f-]{36}$/],
  ['toTimestamp(now())', /^toTimestamp\(\(timeuuid\)[0-9a-f-]{36}\)$/],
  ['dateOf(now())', /^dateOf\(\(timeuuid\)[0-9a-f-]{36}\)$/],
  ['toUnixTimestamp(currentTimestamp())', /^toUnixTimestamp\(\(timestamp\)\d{13}\)$/],
  ['[uuid(), uuid()]', /^\[\(uuid\)[0-9a-f-]{36}, \(uuid\)[0-9a-f-]{36}\]$/],
  ['currentTimestamp() - 2d', /^\(timestamp\)\d{13} - 2d$/],
]

describe('a function whose value each cluster would make up', () => {
  it.each(functions)('%s has one value on both clusters, in QUERY, EXECUTE and BATCH', async (call, expected) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = `INSERT INTO ks.t (k, v) VALUES (?, ${call})`
    const values = [hex('01')]
    const id = await client.prepareId(text)
    await client.query(text, { values })
    await client.execute(id, values)
    await client.batch([
      { query: text, values },
      { id, values },
    ])
    const [origin, target] = fixture.servers.map((server) => fixture.requests(server).map(({ message }) => message))
    expect(origin).toHaveLength(3)
    expect(origin).toStrictEqual(target)
    const texts = fixture.origin.requests.filter(({ type }) => type !== 'prepare').flatMap((one) => one.texts)
    const written = texts.flatMap((one) => /^INSERT INTO ks\.t \(k, v\) VALUES \(\?, (.*)\)$/.exec(one)?.[1] ?? [])
    expect(written).toHaveLength(4)
    for (const value of written) expect(value).toMatch(expected)
    // Each call makes a value of its own.
    if (/uuid|now/i.test(call)) expect(new Set(written).size).toBe(4)
  })

  it('is replaced in WHERE, SET, collections, conditions and batches of text, each call by its own value', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    await client.query('UPDATE ks.t SET a = now(), l = l + [uuid()], m[now()] = uuid() WHERE k = uuid() IF b = now()')
    await client.query(
      'BEGIN BATCH DELETE FROM ks.t WHERE k = uuid(); INSERT INTO ks.t (k) VALUES (now()); APPLY BATCH',
    )
    const [origin, target] = fixture.servers.map((server) => fixture.requests(server).map(({ text }) => text))
    expect(origin).toStrictEqual(target)
    expect(origin?.join()).not.toMatch(/\b(now|uuid)\s*\(\s*\)/)
    const uuids = origin?.join().match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)
    expect([uuids?.length, new Set(uuids).size]).toStrictEqual([8, 8])
    expect((await fixture.metrics()).get('zdm_proxy_replaced_functions_total')).toBe(8)
  })

  it('is left to the one cluster that answers a read, and to both in DDL', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    for (const text of ['SELECT now(), uuid() FROM ks.t', "CREATE FUNCTION ks.f () RETURNS uuid AS 'now()'"]) {
      await client.query(text)
      expect(fixture.origin.find(text)).toHaveLength(1)
    }
  })

  it('is left alone where the setting says so', async () => {
    await using fixture = await ProxyFixture.start({ options: { replacesCqlFunctions: false } })
    const client = await fixture.client()
    const text = 'INSERT INTO ks.t (k) VALUES (uuid())'
    await client.query(text)
    await client.batch([{ query: text, values: [] }])
    for (const server of fixture.servers)
      expect(fixture.requests(server).flatMap(({ texts }) => texts)).toStrictEqual([text, text])
    expect((await fixture.metrics()).get('zdm_proxy_replaced_functions_total')).toBe(0)
  })
})

describe('a QUERY that reads', () => {
  it.each([
    ['origin', 0],
    ['target', 100],
  ] as const)('goes to %s alone at %i %%, without any change but the stream', async (name, targetReadPercent) => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent } })
    const text = 'SELECT v, now() FROM ks.t WHERE k = ? ORDER BY e ANN OF [1.0] LIMIT 3'
    fixture[name].prime(text, reply.with(reply.rows(['v text'], [['one']]), { warnings: ['careful'] }))
    const client = await fixture.client()
    const parameters = { consistency: Consistency.ONE, values: [hex('01')], pageSize: 10, skipMetadata: true }
    const answer = await client.ask(query, { query: text, parameters })
    expect([rowsOf(answer).rows, answer.prefix.warnings]).toStrictEqual([[[Buffer.from('one')]], ['careful']])
    const [received] = fixture[name].find(text)
    expect(received?.frame).toStrictEqual(frameLike(received, query, { query: text, parameters }))
    expect(fixture[name === 'origin' ? 'target' : 'origin'].find(text)).toStrictEqual([])
  })

  it.each([
    ['SELECT role FROM system_auth.roles', 'origin', 'origin'],
    ['SELECT keyspace_name FROM system_schema.tables', 'target', 'target'],
    ['SELECT * FROM dse_insights.tokens', 'target', 'target'],
  ] as const)(
    '%s asks the cluster of system_queries_mode %s, whatever the share of reads',
    async (text, systemQueries, name) => {
      for (const targetReadPercent of [0, 100]) {
        await using fixture = await ProxyFixture.start({ options: { systemQueries }, routing: { targetReadPercent } })
        const client = await fixture.client()
        rowsOf(await client.query(text))
        expect(fixture[name].find(text)).toHaveLength(1)
        expect(fixture[name === 'origin' ? 'target' : 'origin'].find(text)).toStrictEqual([])
      }
    },
  )

  it.each(['origin', 'target'] as const)('of a system table asks %s where only that one is written', async (name) => {
    await using fixture = await ProxyFixture.start({
      routing: { writes: name, primary: name, targetReadPercent: name === 'target' ? 100 : 0 },
      options: { systemQueries: name === 'origin' ? 'target' : 'origin' },
    })
    const client = await fixture.client()
    rowsOf(await client.query('SELECT role FROM system_auth.roles'))
    expect(fixture[name].find('SELECT role FROM system_auth.roles')).toHaveLength(1)
  })

  it('finds system tables in the keyspace of the connection', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 100 } })
    const client = await fixture.client()
    await client.query('USE system_auth')
    rowsOf(await client.query('SELECT role FROM roles'))
    expect(fixture.origin.find('SELECT role FROM roles')).toHaveLength(1)
  })
})

describe('a call of InsightsRpc', () => {
  it('is answered by the proxy, as nobody collects what drivers report about themselves', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    expect(resultOf(await client.query("CALL InsightsRpc.reportInsight('{}')"))).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
  })
})

describe('a statement that the proxy does not know', () => {
  it('goes to both clusters, as a write does', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    fixture.target.prime('g.V().count()', reply.error(ErrorCode.SYNTAX_ERROR, 'no viable alternative'))
    const answer = await client.query('g.V().count()')
    expect(answer.header.opcode).toBe(0)
    for (const server of fixture.servers) expect(server.find('g.V().count()')).toHaveLength(1)
  })
})

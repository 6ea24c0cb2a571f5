import { setImmediate as nextTurn } from 'node:timers/promises'
import { ErrorCode, Opcode } from '@zdmkit/protocol'
import { eventually } from '@zdmkit/testkit'
import cassandra from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningProxy } from '../src/index.ts'
import { errorOf, preparedOf, RawClient, resultOf, rowsOf } from './support/raw-client.ts'
import { DriverSession, type ProxyOverrides, RealPair } from './support/real-pair.ts'

const { Uuid, TimeUuid, types } = { ...cassandra.types, types: cassandra.types }
const KEYSPACE = 'training'
const REPLICATION = "{ 'class': 'SimpleStrategy', 'replication_factor': 1 }"

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

describe('a proxy between two real clusters', () => {
  let pair: RealPair
  let proxy: RunningProxy
  let session: DriverSession

  beforeAll(async () => {
    pair = await RealPair.start()
    proxy = (await pair.proxy()).proxy
    session = await DriverSession.open(proxy.port)
    await session.client.execute(`CREATE KEYSPACE ${KEYSPACE} WITH replication = ${REPLICATION}`)
  })

  afterAll(async () => {
    await session?.[Symbol.asyncDispose]()
    await proxy?.stop()
    await pair?.[Symbol.asyncDispose]()
  })

  /** Creates a table through the proxy and gives its full name. */
  async function table(name: string, columns: string): Promise<string> {
    const full = `${KEYSPACE}.${name}`
    await session.client.execute(`CREATE TABLE ${full} (${columns})`)
    return full
  }

  /** That both clusters answer the same, which is given. */
  async function same(text: string): Promise<(string | null)[][]> {
    const { origin, target } = await pair.onBoth(text)
    expect(target).toStrictEqual(origin)
    return origin
  }

  describe('and a driver', () => {
    it('is one node of a cluster with the origin’s names', async () => {
      const { client } = session
      expect(client.hosts.keys()).toStrictEqual([`127.0.0.1:${proxy.port}`])
      expect(client.hosts.values()[0]?.datacenter).toBe('dc1')
      const { rows } = await client.execute('SELECT cluster_name, data_center, release_version FROM system.local')
      expect({ ...rows[0] }).toStrictEqual({
        cluster_name: 'DSE_Cluster',
        data_center: 'dc1',
        release_version: pair.origin.releaseVersion,
      })
      expect((await client.execute('SELECT * FROM system.peers')).rows).toStrictEqual([])
      expect((await client.execute('SELECT now() FROM system.local')).rows).toHaveLength(1)
    })

    it('stores every type of value, simple and prepared, and reads it back', async () => {
      const { client } = session
      await client.execute(`CREATE TYPE ${KEYSPACE}.address (street text, tags frozen<set<text>>, since timestamp)`)
      const columns: [name: string, type: string, value: unknown][] = [
        ['a', 'ascii', 'plain'],
        ['b', 'bigint', types.Long.fromString('-9223372036854775808')],
        ['c', 'blob', Buffer.from('00ff', 'hex')],
        ['d', 'boolean', true],
        ['e', 'decimal', types.BigDecimal.fromString('-12345678901234567890.0123')],
        ['f', 'double', -1.5e300],
        ['g', 'inet', types.InetAddress.fromString('2001:db8::1')],
        ['h', 'int', -2147483648],
        ['i', 'text', 'é€😀 \u0000'],
        ['j', 'timestamp', new Date('0001-01-01T00:00:00Z')],
        ['k', 'timeuuid', TimeUuid.now()],
        ['l', 'uuid', Uuid.random()],
        ['m', 'varint', types.Integer.fromString('123456789012345678901234567890')],
        ['n', 'smallint', -32768],
        ['o', 'tinyint', -128],
        ['p', 'date', types.LocalDate.fromString('-271821-04-20')],
        ['q', 'time', types.LocalTime.fromString('23:59:59.999999999')],
        ['r', 'duration', types.Duration.fromString('1mo2d3h')],
        ['s', 'list<int>', [3, 1, 2]],
        ['t', 'set<text>', ['x', 'y']],
        ['u', 'map<text, frozen<list<int>>>', { x: [1], y: [2, 3] }],
        ['v', 'tuple<int, text, frozen<list<int>>>', new types.Tuple(1, 'two', [3])],
        ['w', 'frozen<address>', { street: 'Main', tags: ['home'], since: new Date(0) }],
        ['x', 'address', { street: 'Side', tags: null, since: null }],
        ['y', 'float', 1.5],
      ]
      await client.execute(`USE ${KEYSPACE}`)
      const full = await table('every_type', `id int PRIMARY KEY, ${columns.map(([name, type]) => `${name} ${type}`)}`)
      const insert = `INSERT INTO ${full} (id, ${columns.map(([name]) => name)}) VALUES (?${', ?'.repeat(columns.length)})`
      const values = columns.map(([, , value]) => value)
      await client.execute(insert, [1, ...values], { prepare: true })
      await client.execute(insert, [2, ...values.map(() => null)], { prepare: true })
      await client.execute(insert, [3, ...values.map(() => types.unset)], { prepare: true })
      await client.execute(
        `INSERT INTO ${full} (id, h, i, s, u, x) VALUES (4, 1, 'it''s', [1], {'k': [2]}, {street: 'There', tags: {'t'}})`,
      )
      await client.execute(
        `UPDATE ${full} SET s = s + [9], t = t + {'z'}, u['n'] = [7], x.street = 'Else' WHERE id = 1`,
      )
      const found = await client.execute(`SELECT * FROM ${full} WHERE id = ?`, [1], { prepare: true })
      const row = found.first()
      expect(row['m'].toString()).toBe('123456789012345678901234567890')
      expect(row['i']).toBe('é€😀 \u0000')
      expect(row['s']).toStrictEqual([3, 1, 2, 9])
      expect(row['v'].get(1)).toBe('two')
      expect(row['x'].street).toBe('Else')
      expect(await same(`SELECT * FROM ${full}`)).toHaveLength(4)
      await same(
        `SELECT id, ${columns
          .map(([name]) => name)
          .filter((name) => !'stux'.includes(name))
          .map((name) => `WRITETIME(${name})`)} FROM ${full}`,
      )
    })

    it('writes batches of every kind to both clusters', async () => {
      const { client } = session
      const full = await table('batched', 'id int, at timeuuid, v text, PRIMARY KEY (id, at)')
      const counters = await table('counted', 'id int PRIMARY KEY, n counter')
      const insert = `INSERT INTO ${full} (id, at, v) VALUES (?, ?, ?)`
      const at = TimeUuid.now()
      await client.batch(
        [
          { query: insert, params: [1, at, 'a'] },
          { query: insert, params: [2, at, 'b'] },
        ],
        { prepare: true },
      )
      await client.batch(
        [`INSERT INTO ${full} (id, at, v) VALUES (3, now(), 'c')`, `DELETE FROM ${full} WHERE id = 2`],
        {
          logged: false,
        },
      )
      await client.batch(
        [
          { query: `INSERT INTO ${full} (id, at, v) VALUES (?, now(), ?)`, params: [4, 'd'] },
          { query: `UPDATE ${full} SET v = 'e' WHERE id = 5 AND at = now()`, params: [] },
        ],
        { prepare: true },
      )
      await client.execute(
        `BEGIN BATCH INSERT INTO ${full} (id, at, v) VALUES (6, now(), 'f'); INSERT INTO ${full} (id, at, v) VALUES (6, now(), 'g') APPLY BATCH`,
      )
      await client.batch(
        [{ query: `UPDATE ${counters} SET n = n + ? WHERE id = 1`, params: [types.Long.fromNumber(3)] }],
        {
          prepare: true,
          counter: true,
        },
      )
      expect(await same(`SELECT id, at, v, WRITETIME(v) FROM ${full}`)).toHaveLength(6)
      expect(await same(`SELECT n FROM ${counters} WHERE id = 1`)).toStrictEqual([['0000000000000003']])
    })

    it('gets the answer of a conditional write, which each cluster decides alike', async () => {
      const { client } = session
      const full = await table('conditional', 'id int PRIMARY KEY, v int, at timestamp')
      const insert = `INSERT INTO ${full} (id, v, at) VALUES (?, ?, currentTimestamp()) IF NOT EXISTS`
      expect((await client.execute(insert, [1, 1], { prepare: true })).wasApplied()).toBe(true)
      const again = await client.execute(insert, [1, 2], { prepare: true })
      expect([again.wasApplied(), again.first()['v']]).toStrictEqual([false, 1])
      const update = `UPDATE ${full} SET v = 3 WHERE id = 1 IF at < currentTimestamp() AND v = 1`
      expect((await client.execute(update)).wasApplied()).toBe(true)
      expect((await client.execute(update)).wasApplied()).toBe(false)
      expect(await same(`SELECT id, v, at FROM ${full}`)).toHaveLength(1)
    })

    it('reads 2,000 rows page by page, wherever the routing sends new reads meanwhile', async () => {
      const { client } = session
      const full = await table('paged', 'part int, id int, v text, PRIMARY KEY (part, id)')
      const insert = `INSERT INTO ${full} (part, id, v) VALUES (?, ?, ?)`
      const params = Array.from({ length: 2000 }, (_, id) => [id % 4, id, `value ${id}`])
      await cassandra.concurrent.executeConcurrent(client, insert, params, { concurrencyLevel: 64 })
      for (const options of [{ prepare: true }, { prepare: false }]) {
        const ids = new Set<number>()
        let pages = 0
        let pageState: string | undefined
        do {
          proxy.changeRouting({ targetReadPercent: [0, 100, 50][pages % 3] })
          const page: cassandra.types.ResultSet = await client.execute(`SELECT id FROM ${full}`, [], {
            ...options,
            fetchSize: 90,
            ...(pageState === undefined ? {} : { pageState }),
          })
          for (const row of page.rows) ids.add(row['id'])
          pageState = page.pageState ?? undefined
          pages++
        } while (pageState !== undefined)
        expect([ids.size, pages]).toStrictEqual([2000, 23])
      }
      proxy.changeRouting({ targetReadPercent: 0 })
      expect(await same(`SELECT COUNT(*) FROM ${full}`)).toStrictEqual([['00000000000007d0']])
    })

    it('hears of a schema change, which reaches both clusters, and goes on with what it has prepared', async () => {
      await using other = await DriverSession.open(proxy.port)
      const { client } = other
      const full = await table('altered', 'id int PRIMARY KEY, m int, z int')
      await eventually(async () => (await client.metadata.getTable(KEYSPACE, 'altered'))?.columns.length === 3)
      const insert = `INSERT INTO ${full} (id, m, z) VALUES (?, ?, ?)`
      const select = `SELECT * FROM ${full} WHERE id = ?`
      const write = (id: number): Promise<unknown> => client.execute(insert, [id, id * 10, id * 100], { prepare: true })
      const read = async (id: number): Promise<unknown> => ({
        ...(await client.execute(select, [id], { prepare: true })).first(),
      })
      await write(1)
      expect(await read(1)).toStrictEqual({ id: 1, m: 10, z: 100 })
      await session.client.execute(`ALTER TABLE ${full} ADD b int`)
      await eventually(async () => (await client.metadata.getTable(KEYSPACE, 'altered'))?.columns.length === 4)
      await write(2)
      for (const targetReadPercent of [0, 100]) {
        proxy.changeRouting({ targetReadPercent })
        expect(await read(1)).toMatchObject({ id: 1, m: 10, z: 100 })
        expect(await read(2)).toMatchObject({ id: 2, m: 20, z: 200 })
      }
      proxy.changeRouting({ targetReadPercent: 0 })
      for (const text of [`ALTER TABLE ${full} DROP b`, `CREATE INDEX altered_z ON ${full} (z)`])
        await client.execute(text)
      await write(3)
      expect(await read(3)).toStrictEqual({ id: 3, m: 30, z: 300 })
      await same(
        `SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = '${KEYSPACE}' AND table_name = 'altered'`,
      )
    })

    it('that leaves the columns out of its answers never takes new columns for old ones', async () => {
      const full = await table('widened', 'id int PRIMARY KEY, m int, z int')
      await using client = await RawClient.open(proxy.port)
      const insert = await client.prepareId(`INSERT INTO ${full} (id, m, z) VALUES (?, ?, ?)`)
      const { id, metadata } = preparedOf(await client.prepare(`SELECT * FROM ${full} WHERE id = ?`))
      const known = metadata.columns?.map(({ name }) => name)
      resultOf(await client.execute(insert, [int(1), int(2), int(3)]))
      await session.client.execute(`ALTER TABLE ${full} ADD b int`)
      for (let i = 0; i < 2; i++) {
        const rows = rowsOf(await client.execute(id, [int(1)], { skipMetadata: true }))
        const names = rows.metadata.columns?.map(({ name }) => name) ?? known
        expect(names?.map((name, column) => [name, rows.rows[0]?.[column]])).toStrictEqual([
          ['id', int(1)],
          ['b', null],
          ['m', int(2)],
          ['z', int(3)],
        ])
      }
    })

    it('stays in the keyspace that it uses, for texts and for what it prepares', async () => {
      await table('used', 'id int PRIMARY KEY, v int')
      await session.client.execute(`CREATE KEYSPACE other_${KEYSPACE} WITH replication = ${REPLICATION}`)
      await session.client.execute(`CREATE TABLE other_${KEYSPACE}.used (id int PRIMARY KEY, v int)`)
      await using other = await DriverSession.open(proxy.port, { keyspace: KEYSPACE })
      const { client } = other
      const insert = 'INSERT INTO used (id, v) VALUES (?, ?)'
      await client.execute(insert, [1, 1], { prepare: true })
      await client.execute('INSERT INTO used (id, v) VALUES (2, 2)')
      await client.execute(`USE other_${KEYSPACE}`)
      await client.execute(insert, [3, 3], { prepare: true })
      await client.execute('UPDATE used SET v = 4 WHERE id = 4')
      await expect(client.execute('USE nowhere')).rejects.toMatchObject({ code: ErrorCode.INVALID })
      await client.execute('UPDATE used SET v = 5 WHERE id = 5')
      const ids = async (keyspace: string): Promise<unknown[]> =>
        (await same(`SELECT id FROM ${keyspace}.used`)).map(([id]) => Number(id)).sort()
      expect([await ids(KEYSPACE), await ids(`other_${KEYSPACE}`)]).toStrictEqual([
        [1, 2],
        [3, 4, 5],
      ])
    })

    it('writes and reads megabytes, and is refused what is too big, without a loss for those it shares with', async () => {
      const full = await table('large', 'id int PRIMARY KEY, v blob')
      const { client } = session
      await using neighbour = await RawClient.open(proxy.port)
      let isOver = false
      const answered: number[] = []
      const neighbourly = (async () => {
        while (!isOver) answered.push(rowsOf(await neighbour.query(`SELECT id FROM ${full} WHERE id = 0`)).rows.length)
      })()
      const insert = `INSERT INTO ${full} (id, v) VALUES (?, ?)`
      const value = Buffer.alloc(5 * 2 ** 20, 'five megabytes ')
      await client.execute(insert, [1, value], { prepare: true })
      for (const targetReadPercent of [100, 0]) {
        proxy.changeRouting({ targetReadPercent })
        const found = await client.execute(`SELECT v FROM ${full} WHERE id = ?`, [1], { prepare: true })
        expect(value.equals(found.first()['v'])).toBe(true)
      }
      // More than half a segment of the commit log, which no server takes.
      await expect(client.execute(insert, [2, Buffer.alloc(17 * 2 ** 20)], { prepare: true })).rejects.toThrow()
      await client.execute(insert, [3, Buffer.alloc(1)], { prepare: true })
      isOver = true
      await neighbourly
      expect(new Set(answered)).toStrictEqual(new Set([0]))
      expect(await same(`SELECT id FROM ${full}`)).toHaveLength(2)
    })

    it('speaks v3 as well', async () => {
      const full = await table('older', 'id int PRIMARY KEY, v text, at timestamp, u uuid')
      await using old = await DriverSession.open(proxy.port, { protocolOptions: { maxVersion: 3 } })
      await old.client.execute(`INSERT INTO ${full} (id, v, at, u) VALUES (1, 'a', toTimestamp(now()), uuid())`)
      await old.client.execute(`INSERT INTO ${full} (id, v, at) VALUES (?, ?, currentTimestamp())`, [2, 'b'], {
        prepare: true,
      })
      expect(await same(`SELECT id, v, at, u, WRITETIME(v) FROM ${full}`)).toHaveLength(2)
      expect(
        (await old.client.execute(`SELECT v FROM ${full} WHERE id = ?`, [2], { prepare: true })).first()['v'],
      ).toBe('b')
    })
  })

  describe('and functions that each coordinator makes up', () => {
    /** Column types by the name of the column. */
    const columns = {
      u: 'uuid',
      tu: 'timeuuid',
      ts: 'timestamp',
      d: 'date',
      ti: 'time',
      b: 'bigint',
      bl: 'blob',
      tp: 'frozen<tuple<timeuuid, timestamp, date, time>>',
      ud: 'frozen<made_up>',
      fl: 'frozen<list<timeuuid>>',
      lst: 'list<timeuuid>',
      st: 'set<uuid>',
      mp: 'map<timeuuid, timestamp>',
      mt: 'map<text, frozen<tuple<uuid, date>>>',
      un: 'made_up',
    } as const
    type Column = keyof typeof columns
    /** WRITETIME of these is not to be had on 4.0. */
    const MULTI_CELL: readonly Column[] = ['lst', 'st', 'mp', 'mt', 'un']
    let full: string
    let driver: DriverSession
    let nextId = 1

    beforeAll(async () => {
      await session.client.execute(`CREATE TYPE ${KEYSPACE}.made_up (a uuid, b timestamp, c frozen<list<timeuuid>>)`)
      await session.client.execute(`USE ${KEYSPACE}`)
      full = await table(
        'functions',
        `id int PRIMARY KEY, ${Object.entries(columns).map(([name, type]) => `${name} ${type}`)}`,
      )
      // Without timestamps of its own: the proxy gives them.
      driver = await DriverSession.open(proxy.port, { policies: { timestampGeneration: null as never } })
    })

    afterAll(() => driver?.[Symbol.asyncDispose]())

    const terms: [column: Column, term: string][] = [
      ['u', 'uuid()'],
      ['u', 'UUID ( )'],
      ['u', 'system.uuid()'],
      ['u', 'now()'],
      ['u', '(uuid)uuid()'],
      ['tu', 'now()'],
      ['tu', 'system.now()'],
      ['tu', 'currentTimeUUID()'],
      ['tu', '(timeuuid)now()'],
      ['tu', 'minTimeuuid(currentTimestamp())'],
      ['tu', 'maxTimeuuid(toTimestamp(now()))'],
      ['ts', 'currentTimestamp()'],
      ['ts', 'toTimestamp(now())'],
      ['ts', 'toTimestamp(currentTimeUUID())'],
      ['ts', 'toTimestamp(currentDate())'],
      ['ts', 'toTimestamp(toDate(now()))'],
      ['ts', 'currentTimestamp() - 2d'],
      ['ts', 'currentTimestamp() + 1h30m'],
      ['ts', 'currentTimestamp() - 1d - 2h'],
      ['ts', 'toTimestamp(now()) - 2d'],
      ['d', 'currentDate()'],
      ['d', 'toDate(now())'],
      ['d', 'toDate(currentTimestamp())'],
      ['d', 'currentDate() + 1d'],
      ['d', 'currentDate() - 1mo'],
      ['ti', 'currentTime()'],
      ['b', 'toUnixTimestamp(now())'],
      ['b', 'toUnixTimestamp(currentTimestamp())'],
      ['b', 'toUnixTimestamp(currentDate())'],
      ['b', 'currentTimestamp()'],
      ['bl', 'timeuuidAsBlob(now())'],
      ['bl', 'uuidAsBlob(uuid())'],
      ['bl', 'timestampAsBlob(currentTimestamp())'],
      ['tp', '(now(), currentTimestamp(), currentDate(), currentTime())'],
      ['tp', '(now(), toTimestamp(now()), toDate(now()), null)'],
      ['ud', '{a: uuid(), b: currentTimestamp(), c: [now(), now()]}'],
      ['fl', '[now(), minTimeuuid(currentTimestamp())]'],
      ['lst', '[now(), currentTimeUUID()]'],
      ['st', '{uuid(), uuid()}'],
      ['mp', '{now(): currentTimestamp(), now(): toTimestamp(now())}'],
      ['mt', "{'a': (uuid(), currentDate()), 'b': (uuid(), toDate(now()))}"],
      ['un', '{a: uuid(), b: toTimestamp(now())}'],
      // Names of 5.0, which the origin does not know; it takes the value.
      ['tu', 'current_timeuuid()'],
      ['ts', 'current_timestamp()'],
      ['d', 'current_date()'],
      ['ti', 'current_time()'],
      ['ts', 'toTimestamp(current_timeuuid())'],
    ]

    async function sameCell(column: Column, id: number): Promise<string> {
      const time = MULTI_CELL.includes(column) ? '' : `, WRITETIME(${column})`
      const [row] = await same(`SELECT ${column}${time} FROM ${full} WHERE id = ${id}`)
      expect(row?.every((cell) => cell !== null)).toBe(true)
      return row?.[0] ?? ''
    }

    it('stores the same value at the same write time, inserted and updated as a text', async () => {
      for (const [column, term] of terms) {
        const id = nextId++
        await driver.client.execute(`INSERT INTO ${full} (id, ${column}) VALUES (${id}, ${term})`)
        const inserted = await sameCell(column, id)
        await driver.client.execute(`UPDATE ${full} SET ${column} = ${term} WHERE id = ${id}`)
        const updated = await sameCell(column, id)
        if (/uuid|now/i.test(term) && !/date|unix/i.test(term)) expect(updated).not.toBe(inserted)
      }
    })

    it('stores the same value at the same write time, prepared, where the origin knows the name', async () => {
      for (const [column, term] of terms.filter(([, term]) => !term.includes('current_'))) {
        const id = nextId++
        const insert = `INSERT INTO ${full} (id, ${column}) VALUES (?, ${term})`
        await driver.client.execute(insert, [id], { prepare: true })
        const first = await sameCell(column, id)
        await driver.client.execute(insert, [id], { prepare: true })
        const second = await sameCell(column, id)
        if (/uuid|now/i.test(term) && !/date|unix/i.test(term)) expect(second).not.toBe(first)
      }
    })

    it('makes a value of its own for each occurrence', async () => {
      const id = nextId++
      await driver.client.execute(
        `INSERT INTO ${full} (id, u, tu, lst, st) VALUES (${id}, uuid(), now(), [now(), now()], {uuid(), uuid()})`,
      )
      const [row] = await same(`SELECT u, tu, lst, st FROM ${full} WHERE id = ${id}`)
      const [u, tu, list, set] = row ?? []
      const uuids = [
        u,
        tu,
        ...[list, set].flatMap(
          (cell) =>
            cell
              ?.slice(8)
              .match(/.{40}/g)
              ?.map((element) => element.slice(8)) ?? [],
        ),
      ]
      expect(new Set(uuids).size).toBe(6)
    })

    it('names the same rows on both clusters in WHERE, IN and IF', async () => {
      const keyed = await table('keyed', 'id int, tu timeuuid, ts timestamp, v int, PRIMARY KEY (id, tu)')
      const { client } = driver
      for (const text of [
        `INSERT INTO ${keyed} (id, tu, v) VALUES (1, now(), 1)`,
        `INSERT INTO ${keyed} (id, tu, ts, v) VALUES (1, now(), toTimestamp(now()), 2) USING TTL 3600`,
        `INSERT INTO ${keyed} (id, tu, v) VALUES (1, now(), 3) USING TIMESTAMP 123456789`,
        `UPDATE ${keyed} SET ts = currentTimestamp(), v = 4 WHERE id = 1 AND tu = now()`,
        `UPDATE ${keyed} SET v = 5 WHERE id = 1 AND tu IN (now(), maxTimeuuid(currentTimestamp()))`,
        `DELETE FROM ${keyed} WHERE id = 1 AND tu > maxTimeuuid(currentTimestamp() + 1d)`,
        `DELETE FROM ${keyed} WHERE id = 1 AND tu < minTimeuuid(toTimestamp(now()) - 1d)`,
      ]) {
        await client.execute(text)
      }
      expect(await same(`SELECT id, tu, ts, v, WRITETIME(v), WRITETIME(ts) FROM ${keyed}`)).toHaveLength(6)
      const conditions = [
        ['ts < currentTimestamp()', true],
        ['ts < toTimestamp(now())', true],
        ['ts < currentTimestamp() - 2d', false],
        ['ts IN (currentTimestamp())', false],
      ] as const
      await client.execute(
        `INSERT INTO ${keyed} (id, tu, ts) VALUES (2, 50554d6e-29bb-11e5-b345-feff819cdc9f, currentTimestamp())`,
      )
      for (const [condition, isApplied] of conditions) {
        const text = `UPDATE ${keyed} SET v = 1 WHERE id = 2 AND tu = 50554d6e-29bb-11e5-b345-feff819cdc9f IF ${condition}`
        expect([condition, (await client.execute(text)).wasApplied()]).toStrictEqual([condition, isApplied])
      }
      await same(`SELECT id, tu, ts, v FROM ${keyed} WHERE id = 2`)
    })

    it('refuses what both clusters refuse', async () => {
      for (const [column, term] of [
        ['ts', 'now()'],
        ['d', 'uuid()'],
        ['b', 'now()'],
        ['tu', 'currentTimestamp()'],
        ['ts', '-2d + currentTimestamp()'],
      ]) {
        const text = `INSERT INTO ${full} (id, ${column}) VALUES (${nextId++}, ${term})`
        await expect(driver.client.execute(text)).rejects.toMatchObject({ code: ErrorCode.INVALID })
      }
    })

    it('says which cluster does not know a function, and that the other one has the row', async () => {
      await using client = await RawClient.open(proxy.port)
      const refusals: [term: string, knows: 'origin' | 'target'][] = [
        ['dateOf(now())', 'origin'],
        ['to_timestamp(now())', 'target'],
      ]
      for (const [term, knows] of refusals) {
        const id = nextId++
        const answer = await client.query(`INSERT INTO ${full} (id, ts) VALUES (${id}, ${term})`)
        const { code, message } = errorOf(answer)
        const other = knows === 'origin' ? 'target' : 'origin'
        expect(code).toBe(ErrorCode.WRITE_TIMEOUT)
        expect(message).toContain(`${knows} applied it`)
        expect(message).toMatch(new RegExp(`${other} answered INVALID \\(Unknown function`))
        const found = await pair.onBoth(`SELECT id FROM ${full} WHERE id = ${id}`)
        expect([found[knows].length, found[other].length]).toStrictEqual([1, 0])
      }
    })

    it('leaves them to the cluster in a SELECT', async () => {
      const { client } = driver
      const [row] = (await client.execute(`SELECT now() AS n, uuid() AS u, toDate(now()) AS d FROM ${full} LIMIT 1`))
        .rows
      expect(Object.values(row ?? {}).map((value) => value?.constructor.name)).toStrictEqual([
        'TimeUuid',
        'Uuid',
        'LocalDate',
      ])
      const text = `SELECT id FROM ${KEYSPACE}.keyed WHERE id = ? AND tu < maxTimeuuid(toTimestamp(now()) + 1d)`
      expect((await client.execute(text, [1], { prepare: true })).rows.length).toBe(6)
      for (const targetReadPercent of [0, 100]) {
        proxy.changeRouting({ targetReadPercent })
        const answer = client.execute(`SELECT to_timestamp(now()) FROM ${full} LIMIT 1`)
        await (targetReadPercent === 100 ? answer : expect(answer).rejects.toMatchObject({ code: ErrorCode.INVALID }))
      }
      proxy.changeRouting({ targetReadPercent: 0 })
    })
  })

  describe('and a change of routing under load', () => {
    it('answers every request without an error and has every acknowledged write where it must be', async () => {
      const full = await table('moved', 'id int PRIMARY KEY, phase text')
      await using own = new AsyncDisposableStack()
      const { proxy: moving, log } = await pair.proxy({ routing: { writes: 'origin' } })
      own.defer(() => moving.stop())
      const { client } = own.use(await DriverSession.open(moving.port))
      const insert = `INSERT INTO ${full} (id, phase) VALUES (?, ?)`
      const written: Record<string, number[]> = {}
      const errors: unknown[] = []
      let phase = 'origin'
      let isOver = false
      let id = 0
      const writer = async (): Promise<void> => {
        while (!isOver) {
          const mine = id++
          const within = phase
          try {
            // Every third one as a text of its own.
            if (mine % 3 === 0) await client.execute(`INSERT INTO ${full} (id, phase) VALUES (${mine}, '${within}')`)
            else await client.execute(insert, [mine, within], { prepare: true })
            // Sent and answered in the same phase, or nobody knows in which.
            const certain = within === phase ? within : 'between'
            written[certain] = [...(written[certain] ?? []), mine]
          } catch (cause) {
            errors.push(cause)
          }
        }
      }
      const reader = async (): Promise<void> => {
        while (!isOver) {
          // Only what both clusters have: written after the change to dual writes was settled.
          const known = written['dual'] ?? []
          const wanted = known[Math.floor(Math.random() * known.length)]
          if (wanted === undefined) {
            await nextTurn()
            continue
          }
          try {
            const found = await client.execute(`SELECT phase FROM ${full} WHERE id = ?`, [wanted], { prepare: true })
            if (found.rows.length !== 1) errors.push(new Error(`row ${wanted} is missing`))
          } catch (cause) {
            errors.push(cause)
          }
        }
      }
      const workers = [...Array.from({ length: 8 }, writer), ...Array.from({ length: 4 }, reader)]
      /** Lets the load run for a while under this routing, once it is settled. */
      const step = async (name: string, change: unknown): Promise<void> => {
        // What is written while the change is under way belongs to no phase.
        phase = 'between'
        moving.changeRouting(change)
        await eventually(() => moving.routing.settled)
        phase = name
        await eventually(() => (written[name]?.length ?? 0) >= 200, { timeoutMs: 20_000 })
      }
      await eventually(() => (written['origin']?.length ?? 0) >= 200, { timeoutMs: 20_000 })
      await step('dual', { writes: 'dual' })
      await step('dual, 10 %', { targetReadPercent: 10 })
      await step('dual, compared', { readMode: 'DUAL_ASYNC_ON_SECONDARY', targetReadPercent: 50 })
      await step('dual, 100 %', { readMode: 'PRIMARY_ONLY', targetReadPercent: 100 })
      await step('dual, target first', { primary: 'target' })
      await step('target', { writes: 'target' })
      isOver = true
      await Promise.all(workers)

      expect(errors).toStrictEqual([])
      const ids = (rows: (string | null)[][]): Set<number> =>
        new Set(rows.map(([cell]) => Number.parseInt(cell ?? '', 16)))
      const rows = await pair.onBoth(`SELECT id FROM ${full}`)
      const present = { origin: ids(rows.origin), target: ids(rows.target) }
      for (const [name, acknowledged] of Object.entries(written)) {
        const missing = (side: 'origin' | 'target'): number =>
          acknowledged.filter((known) => !present[side].has(known)).length
        const expected =
          name === 'origin' ? [0, acknowledged.length] : name === 'target' ? [acknowledged.length, 0] : [0, 0]
        if (name !== 'between') expect([name, missing('origin'), missing('target')]).toStrictEqual([name, ...expected])
        // Whatever was acknowledged is somewhere.
        expect(acknowledged.every((known) => present.origin.has(known) || present.target.has(known))).toBe(true)
      }
      expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toStrictEqual([])
    })
  })

  describe('one of which fails', () => {
    it('answers in time while the target stands still, and goes on with the same connection', async () => {
      const full = await table('stalled', 'id int PRIMARY KEY, v int')
      await using own = new AsyncDisposableStack()
      const { proxy: short } = await pair.proxy({ requestTimeoutMs: 1000 })
      own.defer(() => short.stop())
      const client = own.use(await RawClient.open(short.port))
      const write = (id: number) => client.query(`INSERT INTO ${full} (id, v) VALUES (${id}, 1)`)
      resultOf(await write(1))
      const [node] = pair.target.nodes
      node?.pause()
      try {
        const sinceMs = performance.now()
        const answers = await Promise.all([write(2), write(3), client.query(`SELECT v FROM ${full} WHERE id = 1`)])
        expect(performance.now() - sinceMs).toBeLessThan(2500)
        const [first, , read] = answers
        expect(errorOf(first).code).toBe(ErrorCode.WRITE_TIMEOUT)
        expect(errorOf(first).message).toContain('target did not answer in time')
        expect(rowsOf(read).rows).toStrictEqual([[int(1)]])
      } finally {
        node?.resume()
      }
      await eventually(async () => resultOf(await write(4)).kind === 'void', { timeoutMs: 15_000 })
      expect(client.isClosed).toBe(false)
      // What timed out was in the target's socket all the while.
      await eventually(async () => expect(await same(`SELECT id FROM ${full}`)).toHaveLength(4))
    })

    it('answers in time while the origin is down, and serves the same clients when it is back', async () => {
      const full = await table('restarted', 'id int PRIMARY KEY, v int')
      await using own = new AsyncDisposableStack()
      const { proxy: short } = await pair.proxy({ requestTimeoutMs: 2000 })
      own.defer(() => short.stop())
      const { client: driver } = own.use(await DriverSession.open(short.port))
      const client = own.use(await RawClient.open(short.port))
      const insert = `INSERT INTO ${full} (id, v) VALUES (?, ?)`
      await driver.execute(insert, [1, 1], { prepare: true })
      const id = await client.prepareId(insert)
      resultOf(await client.execute(id, [int(2), int(2)]))
      const [node] = pair.origin.nodes
      await node?.kill()
      const restarted = node?.restart()
      try {
        const sinceMs = performance.now()
        const answers = await Promise.all([
          client.execute(id, [int(3), int(3)]),
          client.query(`INSERT INTO ${full} (id, v) VALUES (4, 4)`),
          client.query(`SELECT v FROM ${full} WHERE id = 1`),
        ])
        expect(performance.now() - sinceMs).toBeLessThan(3500)
        for (const answer of answers) {
          const { code, message } = errorOf(answer)
          expect([ErrorCode.OVERLOADED, ErrorCode.WRITE_TIMEOUT, ErrorCode.READ_TIMEOUT]).toContain(code)
          expect(message).toContain('origin')
        }
        short.changeRouting({ targetReadPercent: 100 })
        expect(rowsOf(await client.query(`SELECT v FROM ${full} WHERE id = 1`)).rows).toStrictEqual([[int(1)]])
        short.changeRouting({ targetReadPercent: 0 })
      } finally {
        await restarted
      }
      // The statement that the new process does not know is prepared there again.
      await eventually(async () => resultOf(await client.execute(id, [int(5), int(5)])).kind === 'void', {
        timeoutMs: 20_000,
      })
      await driver.execute(insert, [6, 6], { prepare: true })
      expect(client.isClosed).toBe(false)
      const { origin, target } = await pair.onBoth(`SELECT id FROM ${full}`)
      const ids = (rows: (string | null)[][]): Set<number> =>
        new Set(rows.map(([cell]) => Number.parseInt(cell ?? '', 16)))
      // A node that was killed may have lost what it acknowledged in its last moments; not what came afterwards.
      for (const found of [ids(origin), ids(target)]) expect([found.has(5), found.has(6)]).toStrictEqual([true, true])
    })

    it('stops in time although a client takes no answers', async () => {
      const full = await table('unread', 'id int PRIMARY KEY, v text')
      await using own = new AsyncDisposableStack()
      const { proxy: stopping } = await pair.proxy({ requestTimeoutMs: 1000 })
      own.defer(() => stopping.stop())
      const client = own.use(await RawClient.open(stopping.port))
      resultOf(await client.query(`INSERT INTO ${full} (id, v) VALUES (1, '${'x'.repeat(100_000)}')`))
      client.pause()
      const reads = Array.from({ length: 400 }, () =>
        client.query(`SELECT v FROM ${full} WHERE id = 1`).catch(() => null),
      )
      let served = 0
      await eventually(
        async () => {
          const before = served
          served = Number(
            /_request_duration_seconds_count\{type="reads_origin"\} (\d+)/.exec(await stopping.metricsText())?.[1],
          )
          return served > 0 && served === before
        },
        { everyMs: 200 },
      )
      const sinceMs = performance.now()
      await stopping.stop()
      expect(performance.now() - sinceMs).toBeLessThan(5000)
      client.socket.destroy()
      await Promise.all(reads)
    })
  })
})

describe('a proxy between two real clusters that ask for logins', () => {
  const passwords = { alice: 'a target secret', bob: 'another target secret', service: 'only the origin knows' }
  let pair: RealPair

  beforeAll(async () => {
    pair = await RealPair.start({ auth: true })
    for (const cluster of pair.clusters) {
      await pair.direct(cluster, `CREATE KEYSPACE ${KEYSPACE} WITH replication = ${REPLICATION}`)
      for (const name of ['of_alice', 'of_bob'])
        await pair.direct(cluster, `CREATE TABLE ${KEYSPACE}.${name} (id int PRIMARY KEY, v int)`)
    }
    const rights = async (
      cluster: RealPair['origin'],
      role: string,
      password: string,
      tables: string[],
    ): Promise<void> => {
      await pair.direct(cluster, `CREATE ROLE ${role} WITH PASSWORD = '${password}' AND LOGIN = true`)
      for (const name of tables) {
        for (const right of ['SELECT', 'MODIFY'])
          await pair.direct(cluster, `GRANT ${right} ON ${KEYSPACE}.${name} TO ${role}`)
      }
    }
    await rights(pair.target, 'alice', passwords.alice, ['of_alice'])
    await rights(pair.target, 'bob', passwords.bob, ['of_bob'])
    await rights(pair.origin, 'service', passwords.service, ['of_alice', 'of_bob'])
  })

  afterAll(() => pair?.[Symbol.asyncDispose]())

  const login = (username: 'alice' | 'bob'): { username: string; password: string } => ({
    username,
    password: passwords[username],
  })

  /** A proxy that logs in to the origin as `service`; its clients prove themselves to the target. */
  async function start(own: AsyncDisposableStack, overrides: ProxyOverrides = {}): Promise<RunningProxy> {
    const service = { username: 'service', password: passwords.service }
    const { proxy } = await pair.proxy({ credentials: [service, pair.target.credentials ?? null], ...overrides })
    own.defer(() => proxy.stop())
    return proxy
  }

  it('lets in who has a login of the target, and nobody else', async () => {
    await using own = new AsyncDisposableStack()
    const proxy = await start(own)
    const { client } = own.use(await DriverSession.open(proxy.port, { login: login('alice') }))
    await client.execute(`INSERT INTO ${KEYSPACE}.of_alice (id, v) VALUES (1, 1)`)
    const { origin, target } = await pair.onBoth(`SELECT id, v, WRITETIME(v) FROM ${KEYSPACE}.of_alice`)
    expect(origin).toHaveLength(1)
    expect(target).toStrictEqual(origin)
    const wrong = [
      { username: 'alice', password: passwords.bob },
      { username: 'alice', password: '' },
      { username: 'service', password: passwords.service },
      { username: 'nobody', password: passwords.alice },
    ]
    for (const credentials of wrong) {
      await using raw = await RawClient.connect(proxy.port)
      const { code, message } = errorOf(await raw.logIn({ credentials }))
      expect(code).toBe(ErrorCode.BAD_CREDENTIALS)
      for (const password of Object.values(passwords)) expect(message).not.toContain(password)
      await raw.closed
    }
  })

  it('gives each user the rights of its own login, however their requests mix', async () => {
    await using own = new AsyncDisposableStack()
    const proxy = await start(own, { routing: { targetReadPercent: 100 } })
    const users = await Promise.all(
      (['alice', 'bob'] as const).flatMap((name) =>
        [1, 2].map(async () => ({
          name,
          raw: own.use(await RawClient.open(proxy.port, { credentials: login(name) })),
        })),
      ),
    )
    const outcomes = new Map<string, number>()
    const ask = async (i: number): Promise<void> => {
      const user = users[i % users.length] as (typeof users)[number]
      const owner = i % 3 === 0 ? 'alice' : 'bob'
      const text =
        i % 2 === 0
          ? `SELECT v FROM ${KEYSPACE}.of_${owner}`
          : `UPDATE ${KEYSPACE}.of_${owner} SET v = ${i} WHERE id = ${i}`
      const answer = await user.raw.query(text)
      const outcome = answer.header.opcode === Opcode.ERROR ? errorOf(answer) : null
      const right = user.name === owner ? 'own' : 'other'
      const said = outcome === null ? 'ok' : outcome.code === ErrorCode.UNAUTHORIZED ? 'unauthorized' : outcome.message
      const key = `${right}: ${said}`
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
      if (outcome !== null) expect(outcome.message).toContain(`User ${user.name} has no`)
    }
    await Promise.all(Array.from({ length: 400 }, (_, i) => ask(i)))
    expect([...outcomes.keys()].sort()).toStrictEqual(['other: unauthorized', 'own: ok'])
  })

  it('prepares for each user what that user may run', async () => {
    await using own = new AsyncDisposableStack()
    const proxy = await start(own, { routing: { targetReadPercent: 100 } })
    const text = `SELECT v FROM ${KEYSPACE}.of_alice WHERE id = ?`
    const alice = own.use(await RawClient.open(proxy.port, { credentials: login('alice') }))
    const bob = own.use(await RawClient.open(proxy.port, { credentials: login('bob') }))
    const id = await alice.prepareId(text)
    expect(rowsOf(await alice.execute(id, [int(1)])).metadata.columnCount).toBe(1)
    // The id is the same for everybody, the rights are not.
    expect(errorOf(await bob.execute(id, [int(1)])).code).toBe(ErrorCode.UNAUTHORIZED)
    expect(rowsOf(await alice.execute(id, [int(1)])).metadata.columnCount).toBe(1)
  })

  it('proves each new client anew, whoever is served already', async () => {
    await using own = new AsyncDisposableStack()
    const proxy = await start(own)
    const text = `SELECT v FROM ${KEYSPACE}.of_alice`
    const early = own.use(await RawClient.open(proxy.port, { credentials: login('alice') }))
    await pair.direct(pair.target, "ALTER ROLE alice WITH PASSWORD = 'changed'")
    try {
      // The server keeps what it knows of a login for two seconds.
      await eventually(
        async () => {
          await using late = await RawClient.connect(proxy.port)
          return (await late.logIn({ credentials: login('alice') })).header.opcode === Opcode.ERROR
        },
        { timeoutMs: 10_000, everyMs: 200 },
      )
      own.use(await RawClient.open(proxy.port, { credentials: { username: 'alice', password: 'changed' } }))
      expect(rowsOf(await early.query(text)).metadata.columnCount).toBe(1)
    } finally {
      await pair.direct(pair.target, `ALTER ROLE alice WITH PASSWORD = '${passwords.alice}'`)
    }
  })

  it('takes the login for the origin’s where it is told to', async () => {
    await using own = new AsyncDisposableStack()
    const proxy = await start(own, { forwardsClientCredentialsToOrigin: true })
    await using raw = await RawClient.connect(proxy.port)
    expect(errorOf(await raw.logIn({ credentials: login('bob') })).code).toBe(ErrorCode.BAD_CREDENTIALS)
    const service = { username: 'service', password: passwords.service }
    const client = own.use(await RawClient.open(proxy.port, { credentials: service }))
    expect(rowsOf(await client.query(`SELECT v FROM ${KEYSPACE}.of_bob`)).metadata.columnCount).toBe(1)
    const { code, message } = errorOf(await client.query('SELECT role FROM system_auth.roles'))
    expect([code, message]).toStrictEqual([ErrorCode.UNAUTHORIZED, expect.stringContaining('User service has no')])
  })
})

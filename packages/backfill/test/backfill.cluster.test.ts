import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster } from '@zdmkit/cluster'
import { EmbeddedCassandra } from '@zdmkit/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BackfillContext, type BackfillOptions, type BackfillReport, runBackfill } from '../src/index.ts'
import { run } from '../src/run.ts'
import { copyKeyspace } from './readme-example.ts'
import { contentsOf, differences } from './support/contents.ts'
import { EXERCISE_TABLES, idOf, SEED_MICROS, seedExercise } from './support/exercise.ts'
import { RoutingServer } from './support/routing-server.ts'

const EXERCISE = ['orders', 'products', 'user_activity', 'users']
const ROWS = 60
/** After every seeded write, before every write the tests make meanwhile. */
const FENCE = SEED_MICROS + 10_000_000_000n

let servers: EmbeddedCassandra[] = []
let origin: Cluster
let target: Cluster
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zdm-backfill-test-'))
  servers = await Promise.all([
    EmbeddedCassandra.start({
      version: '4.0',
      clusterName: 'DSE_Cluster',
      dataCenter: 'dc1',
      settings: { enable_materialized_views: true },
    }),
    EmbeddedCassandra.start({ version: '5.0', clusterName: 'HCD_Cluster', dataCenter: 'datacenter1' }),
  ])
  const [first, second] = await Promise.all(
    servers.map((server) => Cluster.connect({ ...server, localDataCenter: null })),
  )
  if (!first || !second) throw new Error('two clusters were started')
  ;[origin, target] = [first, second]
  await Promise.all([origin, target].map((cluster) => createSchema(cluster)))
  await seedExercise(origin, ROWS)
})

afterAll(async () => {
  await Promise.all([origin, target].map((cluster) => cluster?.close()))
  await Promise.all(servers.map((server) => server.stop()))
  await rm(folder, { recursive: true, force: true })
})

describe('runBackfill on real clusters', () => {
  it('copies the tables of the exercise: bytes, write times to the microsecond, TTLs, and nothing that was deleted', async () => {
    const report = await backfill({ tables: EXERCISE })
    expect(report).toMatchObject({ outcome: 'complete', failures: [], rowsFailed: 0 })
    await expectSame(EXERCISE)
    const users = report.tables.find(({ table }) => table === 'users')
    expect(users).toMatchObject({ rowsRead: ROWS - 4, rowsWritten: ROWS - 4, rangesDone: 8, rangesTotal: 8 })
    expect(users?.guessed).toMatchInlineSnapshot(`
      [
        "row markers of 56 rows: one for every row, at its oldest cell's write time and not after the fence, because no CQL can read them",
        "preferences: element by element at the fence, because the origin cannot tell their write times",
        "TTL of collections in 3 rows: that of the row's other cells",
        "TTL of collections in 15 rows: none, because their other cells end at several times",
      ]
    `)
  })

  it('writes elements of collections at the fence or before it', async () => {
    const maps = await target.execute('SELECT WRITETIME(preferences) AS at FROM training.users')
    const maptimes = new Set(maps.flatMap(({ at }) => (at as bigint[] | null) ?? []))
    expect(maptimes).toStrictEqual(new Set([FENCE]))
    const lists = await target.execute('SELECT WRITETIME(items) AS at FROM training.orders')
    const listTimes = lists.flatMap(({ at }) => (at as bigint[] | null) ?? [])
    expect(listTimes).toHaveLength(3 * 45)
    for (const time of listTimes) expect(time).toBeLessThan(FENCE)
  })

  it('changes nothing when it is run again', async () => {
    const report = await backfill({ tables: EXERCISE })
    expect(report.outcome).toBe('complete')
    await expectSame(EXERCISE)
  })

  it('leaves no tombstone for a null cell', async () => {
    // A write older than all the copy did shows through only where nothing covers it.
    const id = idOf(3)
    await target.execute(
      'UPDATE training.users USING TIMESTAMP 5 SET last_name = ?, preferences[?] = ? WHERE user_id = ?',
      ['old', 'older', 'x', id],
    )
    await target.execute('UPDATE training.orders USING TIMESTAMP 5 SET items = items + ? WHERE order_id = ?', [
      ['old'],
      idOf(4),
    ])
    const [user] = await target.execute(
      'SELECT first_name, last_name, preferences FROM training.users WHERE user_id = ?',
      [id],
    )
    expect(user).toStrictEqual({
      first_name: null,
      last_name: 'old',
      preferences: { n: '3', older: 'x', theme: 'dark' },
    })
    const [order] = await target.execute('SELECT items FROM training.orders WHERE order_id = ?', [idOf(4)])
    expect(order).toStrictEqual({ items: ['old'] })
  })

  it('keeps a permanent cell permanent beside one that ends, whatever the default of the target table', async () => {
    await origin.execute('INSERT INTO training.mixed (pk, ck, a) VALUES (1, 1, ?)', ['stays'])
    await origin.execute('UPDATE training.mixed USING TTL 900 SET b = ? WHERE pk = 1 AND ck = 1', ['ends'])
    await origin.execute('INSERT INTO training.mixed (pk, ck, b) VALUES (1, 2, ?) USING TTL 600', ['whole row ends'])
    await backfill({ tables: ['mixed'] })
    await expectSame(['mixed'])
    const rows = await target.execute(
      'SELECT ck, a, TTL(a) AS a_left, TTL(b) AS b_left FROM training.mixed WHERE pk = 1',
    )
    expect(rows).toMatchObject([{ ck: 1, a: 'stays', a_left: null }, { ck: 2 }])
  })

  it('skips what expired between read and write', async () => {
    await origin.execute('INSERT INTO training.mixed (pk, ck, a, bag) VALUES (2, 1, ?, ?) USING TTL 30', [
      'brief',
      { x: 'y' },
    ])
    let nowMs = Date.now()
    const report = await backfill(
      { tables: ['mixed'] },
      {
        nowMs: () => nowMs,
        beforeWrite: async () => {
          nowMs += 60_000
        },
      },
    )
    expect(report.tables[0]).toMatchObject({ rowsRead: 3, rowsWritten: 2, rowsSkipped: { expired: 1, interrupted: 0 } })
    expect(await target.execute('SELECT pk FROM training.mixed WHERE pk = 2')).toStrictEqual([])
    await Promise.all([origin, target].map((cluster) => cluster.execute('TRUNCATE training.mixed')))
  })

  it('lets every write win that reaches both clusters between the read of a row and its write', async () => {
    for (let ck = 0; ck < 8; ck++) {
      await origin.execute(
        'INSERT INTO training.dual (pk, ck, a, b, bag) VALUES (7, ?, ?, ?, ?)',
        [ck, 'a', 'b', { one: '1', two: '2' }],
        { timestamp: SEED_MICROS },
      )
      await origin.execute('INSERT INTO training.dual (pk, ck, a) VALUES (?, 0, ?)', [70 + ck, 'a'], {
        timestamp: SEED_MICROS,
      })
    }
    const dual = [
      'DELETE FROM training.dual WHERE pk = 7 AND ck = 0',
      'DELETE a FROM training.dual WHERE pk = 7 AND ck = 1',
      "UPDATE training.dual SET a = 'new' WHERE pk = 7 AND ck = 2",
      "UPDATE training.dual SET bag['one'] = 'new', bag['three'] = '3' WHERE pk = 7 AND ck = 3",
      "DELETE bag['two'] FROM training.dual WHERE pk = 7 AND ck = 4",
      "UPDATE training.dual SET bag = {'whole': 'new'} WHERE pk = 7 AND ck = 5",
      'DELETE FROM training.dual WHERE pk = 7 AND ck > 5',
      'DELETE FROM training.dual WHERE pk = 71',
      "INSERT INTO training.dual (pk, ck, a) VALUES (72, 0, 'new')",
    ]
    let isDone = false
    await backfill(
      { tables: ['dual'], rangesPerTable: 1, inFlightRowsMax: 100 },
      {
        beforeWrite: async () => {
          if (isDone) return
          isDone = true
          for (const cql of dual) {
            const timestamp = BigInt(Date.now()) * 1000n
            await Promise.all([origin, target].map((cluster) => cluster.execute(cql, [], { timestamp })))
          }
        },
      },
    )
    expect(isDone).toBe(true)
    await expectSame(['dual'])
  })

  it('copies statics once, partitions of statics only, key-only rows, sets, user types and names that need quotes', async () => {
    const write = (cql: string) => origin.execute(cql, [], { timestamp: SEED_MICROS })
    await write(`UPDATE training."Odd" SET "Plan" = 'gold', tags = {'s'} WHERE id = 1`)
    for (let n = 0; n < 5; n++) {
      await write(
        `INSERT INTO training."Odd" (id, "select", names, home, work, pair) VALUES (1, ${n}, {'x', 'y${n}'}, ` +
          `{street: 'Main', zip: null}, {street: 'Work', zip: 2}, (1, null))`,
      )
    }
    await write(`UPDATE training."Odd" USING TTL 1000 SET "Plan" = 'only' WHERE id = 2`)
    await write(`INSERT INTO training."Odd" (id, "select") VALUES (3, 0)`)
    const report = await backfill({ tables: ['Odd'], fetchSize: 2 })
    expect(report.tables[0]).toMatchObject({ rowsRead: 6, rowsWritten: 6, staticsRead: 2, staticsWritten: 2 })
    expect(report.tables[0]?.guessed).toMatchInlineSnapshot(`
      [
        "row markers of 6 rows: one for every row, at its oldest cell's write time and not after the fence, because no CQL can read them",
        "home, names: element by element at the fence, because the origin cannot tell their write times",
        "tags: element by element at the fence, because the origin cannot tell their write times",
      ]
    `)
    await expectSame(['Odd'])
    expect(await target.execute('SELECT id, "select" FROM training."Odd" WHERE id = 3')).toStrictEqual([
      { id: 3, select: 0 },
    ])
  })

  it('gives the same result after an abort in the middle and a second run from the checkpoint', async () => {
    for (const table of EXERCISE) await target.execute(`TRUNCATE training.${table}`)
    const options = { tables: EXERCISE, checkpointFile: join(folder, 'resume'), rangesPerTable: 16, concurrency: 2 }
    const abort = new AbortController()
    let batchCount = 0
    const first = await backfill(options, {
      signal: abort.signal,
      beforeWrite: async () => {
        if (++batchCount === 130) abort.abort()
      },
    })
    expect(first.outcome).toBe('interrupted')
    for (const table of first.tables) expectBalance(table)
    const lines = (await readFile(options.checkpointFile, 'utf8')).trimEnd().split('\n')
    expect(lines).toHaveLength(1 + first.tables.reduce((sum, { rangesDone }) => sum + rangesDone, 0))

    const second = await backfill({ ...options, rangesPerTable: 5 })
    expect(second.outcome).toBe('complete')
    expect(second.tables.map(({ rowsRead }) => rowsRead)).toStrictEqual([ROWS, ROWS, 162, ROWS - 4])
    expect(second.tables.some(({ rowsResumed }) => rowsResumed > 0)).toBe(true)
    await expectSame(EXERCISE)

    const third = await backfill(options)
    expect(third).toMatchObject({ outcome: 'complete', rowsPerSecond: 0 })
  })

  it('reads no row before the proxy writes to both clusters', async () => {
    await target.execute('TRUNCATE training.products')
    await using proxy = await RoutingServer.start()
    proxy.routing.writes = 'origin'
    const gate = { adminUrl: proxy.url, token: proxy.token, deadlineMs: 50, pollMs: 10 }
    await expect(backfill({ tables: ['products'], gate, fenceMicros: null })).rejects.toMatchObject({
      code: 'BACKFILL_GATE_NOT_DUAL',
    })
    expect(await target.execute('SELECT product_id FROM training.products')).toStrictEqual([])
    proxy.routing.writes = 'dual'
    const report = await backfill({ tables: ['products'], gate, fenceMicros: null })
    expect(report).toMatchObject({
      outcome: 'complete',
      fenceMicros: '1769999999999000',
      gate: { mode: 'proxy', generation: 7, atEnd: 'dual' },
    })
    await expectSame(['products'])
  })

  it('runs the example of the README', async () => {
    await target.execute('TRUNCATE training.products')
    await using proxy = await RoutingServer.start()
    const [from, to] = servers.map((server) => ({ ...server, localDataCenter: null }))
    if (!from || !to) throw new Error('two clusters were started')
    const what = { keyspace: 'training', tables: ['products'], checkpointFile: join(folder, 'readme') }
    const proxyAdmin = { adminUrl: proxy.url, token: proxy.token }
    expect(await copyKeyspace({ origin: from, target: to }, proxyAdmin, what)).toStrictEqual([])
    await expectSame(['products'])
  })

  it('runs as a command: report on stdout and in a file, exit code 0', async () => {
    await target.execute('TRUNCATE training.products')
    await using proxy = await RoutingServer.start()
    const [from, to] = servers.map(({ port }) => String(port))
    const env = {
      ZDM_ORIGIN_CONTACT_POINTS: '127.0.0.1',
      ZDM_ORIGIN_PORT: from,
      ZDM_TARGET_CONTACT_POINTS: '127.0.0.1',
      ZDM_TARGET_PORT: to,
      ZDM_BACKFILL_ADMIN_TOKEN: proxy.token,
    }
    const reportFile = join(folder, 'report.json')
    const flags = [
      '--keyspace',
      'training',
      '--tables',
      'products',
      '--admin-url',
      proxy.url,
      '--report-file',
      reportFile,
    ]
    const text = { stdout: '', stderr: '' }
    const sinkOf = (name: 'stdout' | 'stderr') => ({
      write: (part: string) => {
        text[name] += part
      },
    })
    const io = { stdout: sinkOf('stdout'), stderr: sinkOf('stderr') }
    expect(await run([...flags, '--ranges-per-table', '4', '--markers', 'update'], env, io)).toBe(0)
    expect(text.stdout).toContain(`products: ${ROWS} rows read, ${ROWS} written, 0 expired, 0 failed; 4 of 4 ranges`)
    expect(text.stderr).toContain('copy products: started')
    expect(JSON.parse(await readFile(reportFile, 'utf8'))).toMatchObject({
      outcome: 'complete',
      rowsWritten: ROWS,
      markers: 'update',
    })
    await expectSame(['products'])
  })

  it('refuses counters, views, tables that differ and low gc_grace before anything is read', async () => {
    for (const [table, code] of [
      ['hits', 'BACKFILL_TABLE_COUNTER'],
      ['users_by_status', 'BACKFILL_TABLE_VIEW'],
      ['different', 'BACKFILL_TABLE_MISMATCH'],
      ['brief', 'BACKFILL_TABLE_GC_GRACE'],
      ['nothing', 'CLUSTER_UNKNOWN_TABLE'],
    ] as const) {
      const count = { batches: 0 }
      const running = backfill({ tables: ['products', table] }, { beforeWrite: async () => void count.batches++ })
      await expect(running).rejects.toMatchObject({ code })
      expect(count.batches).toBe(0)
    }
    expect(await backfill({ tables: ['brief'], accept: ['low-gc-grace'] })).toMatchObject({ outcome: 'complete' })
  })
})

async function backfill(options: Partial<BackfillOptions>, context: BackfillContext = {}): Promise<BackfillReport> {
  const report = await runBackfill(
    { origin, target, keyspace: 'training', gate: 'offline', fenceMicros: FENCE, rangesPerTable: 8, ...options },
    context,
  )
  for (const table of report.tables) expectBalance(table)
  return report
}

function expectBalance(table: BackfillReport['tables'][number]): void {
  const { rowsRead, rowsWritten, rowsSkipped, rowsFailed } = table
  expect(rowsRead).toBe(rowsWritten + rowsSkipped.expired + rowsSkipped.interrupted + rowsFailed)
}

async function expectSame(tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const [from, to] = await Promise.all([contentsOf(origin, 'training', table), contentsOf(target, 'training', table)])
    expect(Object.keys(from)).not.toHaveLength(0)
    expect(differences(from, to)).toStrictEqual([])
  }
}

async function createSchema(cluster: Cluster): Promise<void> {
  const isOrigin = cluster === origin
  const only = (side: 'origin' | 'target', cql: string) => ((side === 'origin') === isOrigin ? [cql] : [])
  for (const cql of [
    `CREATE KEYSPACE training WITH replication = {'class': 'NetworkTopologyStrategy', '${cluster.dataCenter}': 1}`,
    ...EXERCISE_TABLES,
    'CREATE TYPE training.place (street text, zip int)',
    'CREATE TABLE training.dual (pk int, ck int, a text, b text, bag map<text, text>, PRIMARY KEY (pk, ck))',
    'CREATE TABLE training.mixed (pk int, ck int, a text, b text, bag map<text, text>, PRIMARY KEY (pk, ck))' +
      (isOrigin ? '' : ' WITH default_time_to_live = 300'),
    'CREATE TABLE training."Odd" (id int, "select" int, "Plan" text static, tags set<text> static, names set<text>, ' +
      'home place, work frozen<place>, pair tuple<int, text>, PRIMARY KEY (id, "select"))',
    'CREATE TABLE training.hits (id int PRIMARY KEY, n counter)',
    `CREATE TABLE training.different (id int PRIMARY KEY, a ${isOrigin ? 'text' : 'blob'})`,
    `CREATE TABLE training.brief (id int PRIMARY KEY, a text)${isOrigin ? '' : ' WITH gc_grace_seconds = 0'}`,
    ...only(
      'origin',
      'CREATE MATERIALIZED VIEW training.users_by_status AS SELECT * FROM training.users ' +
        'WHERE status IS NOT NULL AND user_id IS NOT NULL PRIMARY KEY (status, user_id)',
    ),
    ...only(
      'target',
      'CREATE TABLE training.users_by_status (status text, user_id uuid, PRIMARY KEY (status, user_id))',
    ),
  ]) {
    await cluster.execute(cql)
  }
}

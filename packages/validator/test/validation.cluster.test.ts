import { Cluster, type ClusterAddress } from '@zdmkit/cluster'
import { EmbeddedCassandra } from '@zdmkit/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runValidation, type TableReport, type ValidationOptions } from '../src/index.ts'
import { areEqual } from './readme-example.ts'

interface Side {
  readonly server: EmbeddedCassandra
  readonly cluster: Cluster
  readonly address: ClusterAddress
}

let origin: Side
let target: Side
let options: ValidationOptions

const TABLES = [
  'CREATE TABLE training.users (id int PRIMARY KEY, name text, tags set<text>, prefs map<text, text>, items list<text>)',
  `CREATE TABLE training.visits (user text, day int, at timestamp, plan text static, note text,
    PRIMARY KEY ((user, day), at)) WITH CLUSTERING ORDER BY (at DESC)`,
]

async function start(version: '4.0' | '5.0', clusterName: string, dataCenter: string): Promise<Side> {
  const server = await EmbeddedCassandra.start({ version, clusterName, dataCenter })
  const address = { contactPoints: server.contactPoints, port: server.port, localDataCenter: dataCenter }
  const cluster = await Cluster.connect(address)
  await cluster.execute(
    `CREATE KEYSPACE training WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter}': 1}`,
  )
  for (const cql of TABLES) await cluster.execute(cql)
  return { server, cluster, address }
}

beforeAll(async () => {
  ;[origin, target] = await Promise.all([
    start('4.0', 'DSE_Cluster', 'dc1'),
    start('5.0', 'HCD_Cluster', 'datacenter1'),
  ])
  options = {
    ...{ origin: origin.address, target: target.address, keyspace: 'training' },
    ...{ splits: 8, recheckDelayMs: 10, recheckTries: 2, pageSize: 20 },
  }
})

afterAll(async () => {
  for (const side of [origin, target]) {
    await side?.cluster.close()
    await side?.server.stop()
  }
})

beforeEach(async () => {
  for (const { cluster } of [origin, target]) {
    await Promise.all(['users', 'visits'].map((table) => cluster.execute(`TRUNCATE training.${table}`)))
  }
  for (let id = 0; id < 50; id++) {
    await write(
      `INSERT INTO training.users (id, name, tags, prefs, items) VALUES (${id}, 'n${id}', {'b', 'a'}, {'k': 'v'}, ['x', 'y'])`,
    )
  }
  for (let day = 0; day < 3; day++) {
    await write(`INSERT INTO training.visits (user, day, plan) VALUES ('ada', ${day}, 'gold')`)
    for (let at = 0; at < 50; at++) {
      await write(`INSERT INTO training.visits (user, day, at, note) VALUES ('ada', ${day}, ${at}, 'seen')`)
    }
  }
})

/** On both sides, long before any validation. */
async function write(cql: string): Promise<void> {
  await Promise.all([origin, target].map(({ cluster }) => cluster.execute(cql, [], { timestamp: 1_000n })))
}

/** On one side, long before any validation too, but after what both have. */
function plant({ cluster }: Side, cql: string): Promise<unknown> {
  return cluster.execute(cql, [], { timestamp: 2_000n })
}

function listed(tables: readonly TableReport[]): string[] {
  return tables.flatMap((table) =>
    table.listed.map(({ kind, unit, key, columns }) =>
      [kind, unit, key.replace(/^.* at token -?\d+ /, ''), ...columns].join(' '),
    ),
  )
}

describe('runValidation on Cassandra 4.0 and 5.0', () => {
  it('finds equal data equal, collections and static cells included', async () => {
    const report = await runValidation(options)
    expect(report).toMatchObject({
      origin: { name: 'DSE_Cluster' },
      target: { name: 'HCD_Cluster' },
      equal: true,
      tables: [
        { table: 'users', originRows: 50, targetRows: 50, equal: 50, rechecked: 0 },
        { table: 'visits', originRows: 150, targetRows: 150, equal: 153, rechecked: 0 },
      ],
    })
    expect(await areEqual(origin.address, target.address)).toBe(true)
  })

  it('finds every planted difference and nothing else', async () => {
    await plant(target, 'DELETE FROM training.users WHERE id = 7')
    await plant(origin, 'DELETE FROM training.users WHERE id = 8')
    await plant(target, "UPDATE training.users SET name = 'other' WHERE id = 9")
    // Null on one side, empty on the other.
    await plant(origin, 'DELETE name FROM training.users WHERE id = 10')
    await plant(target, "UPDATE training.users SET name = '' WHERE id = 10")
    await plant(target, "UPDATE training.users SET prefs = {'k': 'w'}, items = ['y', 'x'] WHERE id = 11")
    await plant(target, "UPDATE training.visits SET plan = 'silver' WHERE user = 'ada' AND day = 0")
    await plant(target, "DELETE FROM training.visits WHERE user = 'ada' AND day = 1 AND at = 3")
    await plant(target, "INSERT INTO training.visits (user, day, at, note) VALUES ('ada', 2, 1000, 'seen')")
    await plant(origin, "INSERT INTO training.visits (user, day, plan) VALUES ('bob', 0, 'gold')")
    const report = await runValidation(options)
    expect(listed(report.tables).sort()).toStrictEqual([
      'different row (id=10) name',
      'different row (id=11) items prefs',
      'different row (id=9) name',
      'different static (user="ada", day=0) plan',
      'extra row (id=8)',
      'extra row (user="ada", day=2, at=1970-01-01T00:00:01.000Z)',
      'missing row (id=7)',
      'missing row (user="ada", day=1, at=1970-01-01T00:00:00.003Z)',
      'missing static (user="bob", day=0)',
    ])
    expect(report).toMatchObject({
      equal: false,
      tables: [
        { missing: 1, extra: 1, different: 3, moving: 0, rechecked: 5, resolved: 0, equal: 45 },
        { missing: 2, extra: 1, different: 1, moving: 0, rechecked: 4, resolved: 0, equal: 151 },
      ],
    })
  })

  it('passes a write that reaches the target after the scan, and calls one that never does moving', async () => {
    await origin.cluster.execute("UPDATE training.users SET name = 'late' WHERE id = 1")
    await origin.cluster.execute("UPDATE training.users SET name = 'lost' WHERE id = 2")
    // The writes are newer than this scan's beginning.
    const clock = { nowMs: () => Date.now() - 60_000, monotonicMs: () => performance.now() }
    let pauses = 0
    const sleep = async (): Promise<void> => {
      if (++pauses === 2) await target.cluster.execute("UPDATE training.users SET name = 'late' WHERE id = 1")
    }
    const report = await runValidation({ ...options, tables: ['users'] }, { clock, sleep })
    expect(listed(report.tables)).toStrictEqual(['moving row (id=2) name'])
    expect(report).toMatchObject({ equal: false, tables: [{ equal: 49, moving: 1, rechecked: 2, resolved: 1 }] })
    expect(pauses).toBe(4)
  })

  it('refuses tables of other columns by name', async () => {
    await target.cluster.execute('CREATE TABLE training.shape (id int PRIMARY KEY, a int)')
    await origin.cluster.execute('CREATE TABLE training.shape (id int PRIMARY KEY, a bigint)')
    await expect(runValidation({ ...options, tables: ['shape'] })).rejects.toMatchObject({
      code: 'VALIDATOR_SCHEMA_DIFFERS',
      message: expect.stringContaining('column a is bigint (regular) on origin and int (regular) on target'),
    })
  })
})

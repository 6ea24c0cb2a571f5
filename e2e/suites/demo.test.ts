import { readFile } from 'node:fs/promises'
import {
  DEMO_ORIGIN,
  DEMO_TARGET,
  formatReport,
  type MigrationReport,
  type PhaseEntry,
  type PhaseReport,
  runMigration,
  SEED_ROW_COUNTS,
} from '@zdmkit/cli'
import type { Client } from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterPair, connect } from '../support/cluster-pair.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const TABLES = ['users', 'orders', 'products', 'user_activity'] as const
type Counts = Record<(typeof TABLES)[number], number>

/** What the Node.js driver sees when a phase begins. */
interface Observed {
  readonly entry: PhaseEntry
  readonly origin: Counts
  readonly target: Counts
  /** The user that was inserted through the proxy, as each cluster has it. */
  readonly user: { readonly origin: string; readonly target: string }
}

describe('runMigration on real clusters', () => {
  let clusters: ClusterPair
  let folder: TemporaryFolder
  let report: MigrationReport
  const observed = new Map<string, Observed>()
  const steps: string[] = []

  beforeAll(async () => {
    folder = await TemporaryFolder.make()
    clusters = await ClusterPair.start()
    report = await runMigration({
      ...{ origin: DEMO_ORIGIN, target: DEMO_TARGET, provider: clusters },
      ...{ seed: 3, phaseSeconds: 1.5, outDirectory: `${folder.path}/new/out` },
      progress: (event) => {
        if (event.kind !== 'progress') steps.push(`${event.step} ${event.kind}`)
      },
      onPhase: async (entry) => {
        observed.set(entry.label, await observe(clusters, entry))
      },
    })
  })

  afterAll(async () => {
    await clusters?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  it('succeeds: no operation failed, no acknowledged write is lost, no row differs', () => {
    expect(report.reasons).toStrictEqual([])
    expect(report.isSuccess).toBe(true)
    expect(report.traffic.failures).toBe(0)
    expect(report.traffic.operations).toBeGreaterThan(300)
    expect(report.ledger.lost).toStrictEqual([])
    expect(report.ledger.unknown).toBe(0)
    expect(report.ledger.acknowledged).toBe(report.traffic.writes)
    expect(report.requests).toMatchObject({ readMismatches: 0, unanswered: 0, failedReads: 0, failedWrites: 0 })
  })

  it('begins each phase with its routing, settled, on a proxy that is never started again', () => {
    const entries = [...observed.values()].map(({ entry }) => {
      const { writes, primary, readMode, targetReadPercent, settled, generation } = entry.routing
      return [entry.label, writes, primary, readMode, targetReadPercent, settled, generation]
    })
    expect(entries).toStrictEqual([
      ['phase-1', 'origin', 'origin', 'PRIMARY_ONLY', 0, true, 1],
      ['phase-2', 'dual', 'origin', 'PRIMARY_ONLY', 0, true, 2],
      ['phase-3', 'dual', 'origin', 'PRIMARY_ONLY', 0, true, 2],
      ['phase-4-compare', 'dual', 'origin', 'DUAL_ASYNC_ON_SECONDARY', 0, true, 3],
      ['phase-4-10', 'dual', 'origin', 'DUAL_ASYNC_ON_SECONDARY', 10, true, 4],
      ['phase-4-50', 'dual', 'origin', 'DUAL_ASYNC_ON_SECONDARY', 50, true, 5],
      ['phase-4-100', 'dual', 'origin', 'DUAL_ASYNC_ON_SECONDARY', 100, true, 6],
      ['phase-5', 'dual', 'target', 'PRIMARY_ONLY', 100, true, 7],
    ])
  })

  it('seeds the origin before phase 1 and leaves the target empty until dual writes', () => {
    const first = countsAt('phase-1')
    for (const table of TABLES) expect(first.origin[table]).toBeGreaterThanOrEqual(SEED_ROW_COUNTS[table])
    expect(first.target).toStrictEqual({ users: 0, orders: 0, products: 0, user_activity: 0 })
    expect(report.seeded).toStrictEqual({ users: 1_000, orders: 2_000, products: 500, user_activity: 5_000 })
  })

  it('has only the new rows on the target before the backfill, and all rows afterwards', () => {
    const before = countsAt('phase-3')
    const after = countsAt('phase-4-compare')
    for (const table of TABLES) {
      expect(before.target[table]).toBeLessThan(SEED_ROW_COUNTS[table] / 4)
      expect(after.target[table]).toBeGreaterThanOrEqual(SEED_ROW_COUNTS[table])
    }
    expect(before.target.users).toBeGreaterThan(0)
    expect(report.backfill.tables.map(({ table }) => table).sort()).toStrictEqual([...TABLES].sort())
    for (const { table, rowsRead, rowsWritten, rowsFailed } of report.backfill.tables) {
      expect(rowsRead).toBeGreaterThanOrEqual(SEED_ROW_COUNTS[table as keyof Counts])
      expect(rowsWritten).toBe(rowsRead)
      expect(rowsFailed).toBe(0)
    }
  })

  it('stores one and the same user for uuid() and now(), as step 4 of the exercise wants it', () => {
    const { user } = at('phase-2')
    expect(user.origin).toMatch(/^[0-9a-f-]{36} \d{4}-/)
    expect(user.target).toBe(user.origin)
    // Before dual writes it reached the origin alone.
    expect(at('phase-1').user.target).toBe('')
  })

  it('moves reads and writes as the proxy counts them', () => {
    const requests = (label: string): PhaseReport['requests'] => phase(label).requests
    expect(requests('phase-1')).toMatchObject({ readsTarget: 0, targetReads: 0, targetWrites: 0, comparedReads: 0 })
    expect(requests('phase-1').originWrites).toBeGreaterThan(10)

    for (const label of ['phase-2', 'phase-3']) {
      expect(requests(label)).toMatchObject({ readsTarget: 0, comparedReads: 0 })
      expect(requests(label).targetWrites).toBeGreaterThan(10)
    }
    expect(requests('phase-4-compare').comparedReads).toBeGreaterThan(10)
    expect(requests('phase-4-compare').readsTarget).toBe(0)

    const share = (label: string): number => {
      const { readsOrigin, readsTarget } = requests(label)
      return readsTarget / (readsOrigin + readsTarget)
    }
    expect(share('phase-4-10')).toBeLessThan(0.5)
    expect(share('phase-4-50')).toBeGreaterThan(share('phase-4-10'))
    expect(share('phase-4-100')).toBeGreaterThan(0.9)
    expect(share('phase-5')).toBeGreaterThan(0.9)
    for (const { requests: counted } of report.phases.slice(3)) expect(counted.readMismatches).toBe(0)
  })

  it('compares every row of every table in both directions', () => {
    expect(report.validation.tables.map(({ table }) => table).sort()).toStrictEqual([...TABLES].sort())
    for (const { table, originRows, targetRows, equal, ...counts } of report.validation.tables) {
      expect(originRows).toBeGreaterThanOrEqual(SEED_ROW_COUNTS[table as keyof Counts])
      expect([targetRows, equal]).toStrictEqual([originRows, originRows])
      expect(counts).toMatchObject({ missing: 0, extra: 0, different: 0, moving: 0 })
    }
  })

  it('reports operations, failures and latencies of each phase', () => {
    for (const { operations, reads, writes, failures, p50Ms, p99Ms, seconds } of report.phases) {
      expect(operations).toBeGreaterThan(20)
      expect(reads + writes).toBe(operations)
      expect(failures).toBe(0)
      expect(p50Ms).toBeGreaterThan(0)
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms)
      expect(seconds).toBeGreaterThanOrEqual(1.5)
    }
    const all = report.phases.reduce((sum, { operations }) => sum + operations, 0)
    expect(all).toBe(report.traffic.operations)
  })

  it('writes the report and the log of the proxy into the folder, and says the same as text', async () => {
    const out = `${folder.path}/new/out`
    expect(JSON.parse(await readFile(`${out}/report.json`, 'utf8'))).toStrictEqual(JSON.parse(JSON.stringify(report)))
    const events = (await readFile(`${out}/proxy.log`, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event)
    expect(events.filter((event) => event === 'proxy-started')).toHaveLength(1)
    expect(events.filter((event) => event === 'routing-changed')).toHaveLength(6)
    const text = formatReport(report)
    for (const expected of ['1 origin only', '4 50 % of reads from target', '5 target as primary', 'OK: ']) {
      expect(text).toContain(expected)
    }
  })

  it('tells of each step once, in order', () => {
    const names = ['clusters', 'data', 'proxy', 'phase-1', 'phase-2', 'phase-3', 'phase-4', 'phase-5', 'validate']
    const expected = [...names, 'ledger', 'end'].flatMap((step) => [`${step} started`, `${step} finished`])
    expect(steps).toStrictEqual(expected)
  })

  function at(label: string): Observed {
    const found = observed.get(label)
    if (found === undefined) throw new Error(`phase ${label} was not entered`)
    return found
  }

  function countsAt(label: string): { origin: Counts; target: Counts } {
    const { origin, target } = at(label)
    return { origin, target }
  }

  function phase(label: string): PhaseReport {
    const found = report.phases.find((one) => one.label === label)
    if (found === undefined) throw new Error(`phase ${label} is not in the report`)
    return found
  }
})

/** Looks at both clusters directly, and writes one user through the proxy. */
async function observe(clusters: ClusterPair, entry: PhaseEntry): Promise<Observed> {
  const [origin, target] = await Promise.all([connect(clusters.origin), connect(clusters.target)])
  const proxy = await connect({ ...entry.proxy, dataCenter: clusters.origin.dataCenter })
  try {
    const username = `observer_${entry.label}`
    await proxy.execute(
      `INSERT INTO training.users (user_id, username, email, status, created_at) VALUES (uuid(), '${username}', '${username}@test.com', 'active', toTimestamp(now()))`,
    )
    const user = { origin: await findUser(origin, username), target: await findUser(target, username) }
    return { entry, origin: await countRows(origin), target: await countRows(target), user }
  } finally {
    await Promise.all([origin, target, proxy].map((client) => client.shutdown()))
  }
}

/** Id and time of the user's creation; empty where there is none. */
async function findUser(client: Client, username: string): Promise<string> {
  const query = 'SELECT user_id, created_at FROM training.users WHERE email = ?'
  const { rows } = await client.execute(query, [`${username}@test.com`], { prepare: true })
  return rows.map((row) => `${String(row['user_id'])} ${(row['created_at'] as Date).toISOString()}`).join(', ')
}

async function countRows(client: Client): Promise<Counts> {
  const counts: Counts = { users: 0, orders: 0, products: 0, user_activity: 0 }
  for (const table of TABLES) {
    const { rows } = await client.execute(`SELECT COUNT(*) FROM training.${table}`)
    counts[table] = Number(rows[0]?.['count'])
  }
  return counts
}

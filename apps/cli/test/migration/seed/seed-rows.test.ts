import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { planSeed, SEED_ROW_COUNTS, type SeedPlan, type SeedWrite } from '../../../src/migration/seed/seed-rows.ts'

describe('planSeed', () => {
  const plan = planSeed(1)

  it('gives the same data for the same seed, on every machine', () => {
    expect(digest(planSeed(1))).toBe(digest(plan))
    expect(digest(plan)).toMatchInlineSnapshot(`"cb0bef98f1a7d60a"`)
    expect(digest(planSeed(2))).not.toBe(digest(plan))
  })

  it('leaves as many rows alive as the exercise has, whatever the order of the writes', () => {
    for (const [table, count] of Object.entries(SEED_ROW_COUNTS)) {
      const inserted = of(plan, table, 'INSERT')
      const deleted = of(plan, table, 'DELETE').filter(({ cql }) => cql.startsWith('DELETE FROM'))
      expect(inserted.length - deleted.length).toBe(count)
      expect(deleted.length).toBeGreaterThan(0)
      const insertedAt = new Map(inserted.map((write) => [keyOf(write), write]))
      for (const write of deleted) {
        const inserted = insertedAt.get(keyOf(write))
        expect(timeOf(write) > timeOf(inserted as SeedWrite)).toBe(true)
      }
    }
  })

  it('names the users that are alive', () => {
    const deleted = new Set(of(plan, 'users', 'DELETE FROM').map(keyOf))
    expect(new Set(plan.userIds).size).toBe(1_000)
    expect(plan.userIds.filter((id) => deleted.has(id))).toStrictEqual([])
  })

  it('has TTLs, deleted cells, null and unset cells, and updates at other times', () => {
    const { writes } = plan
    expect(writes.filter(({ cql }) => cql.includes('AND TTL ?')).length).toBeGreaterThan(100)
    expect(writes.filter(({ cql }) => cql.startsWith('DELETE email')).length).toBeGreaterThan(10)
    expect(writes.filter(({ values }) => values.includes(null)).length).toBeGreaterThan(100)
    expect(writes.filter(({ values }) => values.includes(undefined)).length).toBeGreaterThan(10)
    expect(of(plan, 'users', 'UPDATE').length).toBeGreaterThan(100)
    expect(of(plan, 'orders', 'UPDATE').length).toBeGreaterThan(100)
    expect(of(plan, 'products', 'UPDATE').length).toBeGreaterThan(50)
  })

  it('writes nothing in the future: later traffic has to win', () => {
    const latest = BigInt(Date.UTC(2026, 2, 1)) * 1_000n
    for (const write of plan.writes) expect(timeOf(write) < latest).toBe(true)
  })

  it('has few statements to prepare', () => {
    expect(new Set(plan.writes.map(({ cql }) => cql)).size).toBeLessThan(30)
  })
})

function of({ writes }: SeedPlan, table: string, start: string): SeedWrite[] {
  return writes.filter((write) => write.table === table && write.cql.startsWith(start))
}

/** The write time is the bigint among the values. */
function timeOf({ values }: SeedWrite): bigint {
  return values.find((value) => typeof value === 'bigint') as bigint
}

/** The primary key, which stands first in an INSERT and last in the others. */
function keyOf({ table, cql, values }: SeedWrite): string {
  const size = table === 'user_activity' ? 3 : 1
  const key = cql.startsWith('INSERT') ? values.slice(0, size) : values.slice(-size)
  return key.map((value) => (value instanceof Date ? value.toISOString() : String(value))).join(' ')
}

function digest({ writes }: SeedPlan): string {
  const text = JSON.stringify(writes, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    return value === undefined ? 'unset' : value
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

import { describe, expect, it } from 'vitest'
import { keyText, type Operation, type Write } from '../../src/workload/operation.ts'
import { Planner, type PlannerOptions } from '../../src/workload/planner.ts'

const EXISTING = Array.from({ length: 9 }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`)

function plan(count: number, options: Partial<PlannerOptions> = {}): Operation[] {
  const planner = new Planner({
    ...{ seed: 42, worker: 0, workerCount: 1, readRatio: 0.75, tables: 'all', existingUserIds: EXISTING },
    ...options,
  })
  return Array.from({ length: count }, () => planner.next())
}

function writesOf(operations: readonly Operation[]): (Operation & Write)[] {
  return operations.filter((operation) => operation.action === 'write')
}

describe('Planner', () => {
  it('plans the same operations for the same seed', () => {
    expect(plan(2_000)).toStrictEqual(plan(2_000))
    expect(plan(50, { seed: 43 })).not.toStrictEqual(plan(50))
  })

  it('numbers the operations of all workers without gap or double', () => {
    const numbers = [0, 1, 2].flatMap((worker) => plan(10, { worker, workerCount: 3 }).map(({ number }) => number))
    expect(numbers.sort((left, right) => left - right)).toStrictEqual(Array.from({ length: 30 }, (_, i) => i + 1))
  })

  it('gives every row one worker that writes it', () => {
    const owners = new Map<string, number>()
    for (const worker of [0, 1, 2]) {
      for (const { table, key } of writesOf(plan(3_000, { worker, workerCount: 3, readRatio: 0 }))) {
        const name = `${table} ${keyText(key)}`
        expect(owners.get(name) ?? worker).toBe(worker)
        owners.set(name, worker)
      }
    }
    expect(EXISTING.filter((id) => !owners.has(`users user_id=${id}`))).toStrictEqual([])
  })

  it('keeps to the read ratio, and to its ends', () => {
    const reads = plan(4_000).filter(({ action }) => action === 'read').length
    expect(reads / 4_000).toBeCloseTo(0.75, 1)
    expect(new Set(plan(200, { readRatio: 1 }).map(({ action }) => action))).toStrictEqual(new Set(['read']))
    expect(new Set(plan(200, { readRatio: 0 }).map(({ action }) => action))).toStrictEqual(new Set(['write']))
  })

  it('reads rows of its own more often where it writes to all tables', () => {
    const share = (tables: 'users' | 'all'): number => {
      const reads = plan(4_000, { tables, readRatio: 0.9 }).filter(({ action }) => action === 'read')
      return reads.filter(({ kind }) => kind === 'KEY').length / reads.length
    }
    expect(share('users')).toBeCloseTo(0.35, 1)
    expect(share('all')).toBeCloseTo(0.7, 1)
  })

  it('mixes kinds, tables and forms', () => {
    const writes = writesOf(plan(5_000, { readRatio: 0 }))
    expect(new Set(writes.map(({ table, kind }) => `${kind} ${table}`))).toStrictEqual(
      new Set([
        'INSERT users',
        'UPDATE users',
        'DELETE users',
        'INSERT orders',
        'UPDATE orders',
        'DELETE orders',
        'INSERT products',
        'UPDATE products',
        'INSERT user_activity',
        'DELETE user_activity',
      ]),
    )
    expect(writes.filter(({ form }) => form === 'literal').length / writes.length).toBeCloseTo(0.3, 1)
    expect(writes.some(({ ttlSeconds }) => ttlSeconds !== null)).toBe(true)
    expect(writes.some(({ computed }) => computed.length > 0)).toBe(true)
    expect(writes.filter(({ form, computed }) => form === 'prepared' && computed.length > 0)).toStrictEqual([])
  })

  it('writes to users only, and deletes nothing, when told so', () => {
    const writes = writesOf(plan(500, { tables: 'users', readRatio: 0 }))
    expect(new Set(writes.map(({ table, kind }) => `${kind} ${table}`))).toStrictEqual(
      new Set(['INSERT users', 'UPDATE users']),
    )
  })

  it('deletes only rows that it inserted', () => {
    const inserted = new Set<string>()
    for (const { kind, table, key } of writesOf(plan(5_000, { readRatio: 0 }))) {
      const name = `${table} ${keyText(key)}`
      if (kind === 'INSERT') inserted.add(name)
      if (kind === 'DELETE') expect(inserted.delete(name)).toBe(true)
    }
  })

  it('gives every update a value that no other write of the row has', () => {
    const seen = new Set<string>()
    for (const { kind, table, key, values } of writesOf(plan(3_000, { readRatio: 0 }))) {
      if (kind !== 'UPDATE') continue
      const name = `${table} ${keyText(key)} ${JSON.stringify(values)}`
      expect(seen.has(name)).toBe(false)
      seen.add(name)
    }
  })
})

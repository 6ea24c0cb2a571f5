import { types } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import type { Write } from '../../src/workload/operation.ts'
import { readStatement, writeStatement } from '../../src/workload/statement.ts'

const ID = '11111111-2222-4333-8444-555555555555'
const TIME = '2026-01-01T00:00:01.000Z'

function write(parts: Partial<Write>): Write {
  return {
    ...{ action: 'write', kind: 'INSERT', table: 'users', key: { user_id: ID }, values: {} },
    ...{ computed: [], ttlSeconds: null, form: 'literal', done: '' },
    ...parts,
  }
}

describe('writeStatement', () => {
  it('writes an insert as text, quotes doubled, with the server setting a time', () => {
    const values = { username: "o'brien", status: null, preferences: { theme: 'dark' } }
    expect(writeStatement('training', write({ values, computed: ['created_at'] }))).toStrictEqual({
      cql:
        `INSERT INTO "training".users (user_id, username, status, preferences, created_at) ` +
        `VALUES (${ID}, 'o''brien', null, {'theme': 'dark'}, toTimestamp(now()))`,
      params: [],
    })
  })

  it('writes a list whole, and a TTL', () => {
    const values = { items: ["writer's pen", 'desk'], total_amount: '12.50', order_date: TIME }
    const order = write({ table: 'orders', key: { order_id: ID }, values, ttlSeconds: 60 })
    expect(writeStatement('training', order).cql).toBe(
      `INSERT INTO "training".orders (order_id, items, total_amount, order_date) ` +
        `VALUES (${ID}, ['writer''s pen', 'desk'], 12.50, '${TIME}') USING TTL 60`,
    )
    expect(writeStatement('training', { ...order, kind: 'UPDATE' }).cql).toBe(
      `UPDATE "training".orders USING TTL 60 SET items = ['writer''s pen', 'desk'], total_amount = 12.50, ` +
        `order_date = '${TIME}' WHERE order_id = ${ID}`,
    )
  })

  it('writes a whole number bare, and binds it as one', () => {
    const stock = write({ kind: 'UPDATE', table: 'products', key: { product_id: ID }, values: { stock_quantity: '7' } })
    const { cql } = writeStatement('training', stock)
    expect(cql).toBe(`UPDATE "training".products SET stock_quantity = 7 WHERE product_id = ${ID}`)
    expect(writeStatement('training', { ...stock, form: 'prepared' }).params[0]).toBe(7)
  })

  it('binds the values of a prepared update in the order of its markers', () => {
    const update = write({ kind: 'UPDATE', form: 'prepared', values: { status: 'active', updated_at: TIME } })
    expect(writeStatement('training', update)).toStrictEqual({
      cql: 'UPDATE "training".users SET status = ?, updated_at = ? WHERE user_id = ?',
      params: ['active', new Date(TIME), types.Uuid.fromString(ID)],
    })
  })

  it('deletes by the whole primary key', () => {
    const key = { user_id: ID, activity_date: '2026-01-01', activity_time: TIME }
    expect(writeStatement('training', write({ kind: 'DELETE', table: 'user_activity', key })).cql).toBe(
      `DELETE FROM "training".user_activity WHERE user_id = ${ID} AND activity_date = '2026-01-01' AND activity_time = '${TIME}'`,
    )
  })
})

describe('readStatement', () => {
  it('keeps the case of the keyspace', () => {
    expect(readStatement('Mixed', { action: 'read', kind: 'COUNT' }).cql).toBe('SELECT COUNT(*) FROM "Mixed".users')
  })

  it('reads one row by its key, all columns that writes set', () => {
    const read = { action: 'read', kind: 'KEY', table: 'users', key: { user_id: ID }, label: '' } as const
    expect(readStatement('training', read)).toStrictEqual({
      cql:
        'SELECT username, email, first_name, last_name, created_at, updated_at, status, preferences ' +
        'FROM "training".users WHERE user_id = ?',
      params: [types.Uuid.fromString(ID)],
    })
  })
})

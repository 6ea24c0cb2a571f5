import { inspect } from '@zdmkit/cql'
import { describe, expect, it } from 'vitest'
import { StatementCache } from '../../src/client/statement-cache.ts'

describe('StatementCache', () => {
  it('says what inspect says', () => {
    const text = 'INSERT INTO shop.t (a) VALUES (uuid())'
    expect(new StatementCache(10).inspect(text)).toStrictEqual(inspect(text))
  })

  it('inspects a text once while it is kept', () => {
    const cache = new StatementCache(2)
    const first = cache.inspect('SELECT 1')
    expect(cache.inspect('SELECT 1')).toBe(first)
    cache.inspect('SELECT 2')
    cache.inspect('SELECT 3')
    // From the older half, and young again.
    expect(cache.inspect('SELECT 1')).toBe(first)
  })

  it('forgets texts that are not used while twice as many others as it keeps come', () => {
    const cache = new StatementCache(2)
    const first = cache.inspect('SELECT 1')
    for (const text of ['SELECT 2', 'SELECT 3', 'SELECT 4', 'SELECT 5']) cache.inspect(text)
    expect(cache.inspect('SELECT 1')).not.toBe(first)
  })

  it('does not keep a long text', () => {
    const cache = new StatementCache(2)
    const text = `SELECT ${'a'.repeat(5_000)} FROM t`
    expect(cache.inspect(text)).not.toBe(cache.inspect(text))
  })
})

import { hex } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { PreparedCache, preparedId } from '../../src/prepared/prepared-cache.ts'

function find(cache: PreparedCache, id: Buffer): string | undefined {
  const around = Buffer.concat([Buffer.alloc(3), id, Buffer.alloc(3)])
  return cache.find(around, 3, 3 + id.length)?.text
}

describe('preparedId', () => {
  // Every instance of the proxy, today's and tomorrow's, must give the same id: a client may be moved to another one.
  it.each([
    ['SELECT * FROM shop.t WHERE k = ?', null, '9faf5994 8e9eb0e9 e573eff1 01042090'],
    ['SELECT * FROM t WHERE k = ?', 'shop', '69fbea15 ba6050fb aa6c9546 4820bd24'],
  ])('of %j in keyspace %s is the same for ever', (text, keyspace, expected) => {
    expect(preparedId(text, keyspace)).toStrictEqual(hex(expected))
  })

  it('differs by text and by keyspace, wherever one ends', () => {
    const ids = [
      ['ab', 'c'],
      ['b', 'ca'],
      ['cab', null],
      ['ab', null],
    ].map(([text, keyspace]) => preparedId(text ?? '', keyspace ?? null).toString('hex'))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('PreparedCache', () => {
  it('finds an entry by the bytes of its id', () => {
    const cache = new PreparedCache(10, 1_000_000)
    const entry = cache.obtain('UPDATE t SET v = ? WHERE k = ?', 'shop', null)
    expect(entry).toMatchObject({ keyspace: 'shop', statementClass: 'write', ids: [null, null], keyIndices: null })
    expect(find(cache, entry.id)).toBe('UPDATE t SET v = ? WHERE k = ?')
    expect(find(cache, Buffer.alloc(16))).toBeUndefined()
    expect(find(cache, entry.id.subarray(0, 15))).toBeUndefined()
    expect(find(cache, Buffer.alloc(0))).toBeUndefined()
  })

  it('has one entry per text and keyspace, whoever prepares it', () => {
    const cache = new PreparedCache(10, 1_000_000)
    const entry = cache.obtain('SELECT 1', null, null)
    expect(cache.obtain('SELECT 1', null, null)).toBe(entry)
    expect(cache.obtain('SELECT 1', 'shop', null)).not.toBe(entry)
    expect(cache.size).toBe(2)
  })

  it('drops the entry that was prepared longest ago when there is one too many', () => {
    const cache = new PreparedCache(2, 1_000_000)
    const [first, second] = ['SELECT 1', 'SELECT 2'].map((text) => cache.obtain(text, null, null))
    cache.obtain('SELECT 1', null, null)
    const third = cache.obtain('SELECT 3', null, null)
    expect(cache.size).toBe(2)
    expect(find(cache, first?.id ?? Buffer.alloc(0))).toBe('SELECT 1')
    expect(find(cache, second?.id ?? Buffer.alloc(0))).toBeUndefined()
    expect(find(cache, third.id)).toBe('SELECT 3')
  })

  it('drops entries when their texts are too many bytes', () => {
    const cache = new PreparedCache(1_000, 100_000)
    for (let i = 0; i < 100; i++) cache.obtain(`SELECT ${i} ${'x'.repeat(5_000)}`, null, null)
    expect(cache.size).toBeGreaterThan(5)
    expect(cache.size).toBeLessThan(10)
    for (let i = 0; i < 1_000; i++) cache.obtain(`SELECT ${i}`, null, null)
    expect(cache.size).toBeGreaterThan(100)
  })

  it('finds no entry any more that was found often and then dropped', () => {
    const cache = new PreparedCache(1, 1_000_000)
    const first = cache.obtain('SELECT 1', null, null)
    for (let i = 0; i < 3; i++) expect(find(cache, first.id)).toBe('SELECT 1')
    const second = cache.obtain('SELECT 2', null, null)
    expect(find(cache, first.id)).toBeUndefined()
    for (let i = 0; i < 3; i++) expect(find(cache, second.id)).toBe('SELECT 2')
    cache.forget(second)
    expect(find(cache, second.id)).toBeUndefined()
    expect(cache.obtain('SELECT 2', null, null)).not.toBe(second)
    expect(find(cache, second.id)).toBe('SELECT 2')
  })

  it('tells ids apart that begin with the same bytes', () => {
    const cache = new PreparedCache(10_000, 100_000_000)
    // More than there are pairs of first bytes that the cache tells apart quickly.
    const entries = Array.from({ length: 9_000 }, (_, i) => cache.obtain(`SELECT ${i}`, null, null))
    for (let round = 0; round < 2; round++) {
      expect(entries.filter((entry) => cache.find(entry.id, 0, entry.id.length) !== entry)).toStrictEqual([])
    }
    const [entry] = entries
    const other = Buffer.from(entry?.id ?? [])
    other[15] = (other[15] ?? 0) ^ 1
    expect(find(cache, other)).toBeUndefined()
  })

  it('forgets an entry that no cluster has', () => {
    const cache = new PreparedCache(10, 5_000)
    for (let i = 0; i < 100; i++) {
      const entry = cache.obtain(`SELECT ${i}`, null, null)
      cache.forget(entry)
      expect([find(cache, entry.id), cache.size]).toStrictEqual([undefined, 0])
      cache.forget(entry)
    }
    // The bytes of the forgotten are not counted any more.
    for (let i = 0; i < 5; i++) cache.obtain(`SELECT ${i}`, null, null)
    expect(cache.size).toBe(5)
  })
})

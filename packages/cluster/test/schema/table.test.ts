import { describe, expect, it } from 'vitest'
import { assembleTable, collectionOf } from '../../src/schema/table.ts'

describe('collectionOf', () => {
  it.each([
    ['text', null],
    ['counter', null],
    ['list<text>', 'list'],
    ['set<int>', 'set'],
    ['map<text, text>', 'map'],
    ['map<text, frozen<list<int>>>', 'map'],
    ['frozen<list<text>>', null],
    ['frozen<map<text, text>>', null],
    ['frozen<address>', null],
    ['frozen<tuple<int, text>>', null],
    ['tuple<int, text>', null],
    ['vector<float, 3>', null],
    ["'org.example.PointType'", null],
    ['address', 'udt'],
    ['"Address"', 'udt'],
  ] as const)('finds what %s is stored as', (type, expected) => {
    expect(collectionOf(type)).toBe(expected)
  })
})

describe('assembleTable', () => {
  const table = assembleTable('shop', 'visits', { defaultTtlSeconds: 60, gcGraceSeconds: 10, isView: false }, [
    { name: 'note', type: 'text', kind: 'regular', position: -1, order: 'none' },
    { name: 'at', type: 'timestamp', kind: 'clustering', position: 0, order: 'desc' },
    { name: 'day', type: 'date', kind: 'partition_key', position: 1, order: 'none' },
    { name: 'bag', type: 'map<text, text>', kind: 'regular', position: -1, order: 'none' },
    { name: 'user', type: 'uuid', kind: 'partition_key', position: 0, order: 'none' },
    { name: 'plan', type: 'text', kind: 'static', position: -1, order: 'none' },
  ])

  it('orders columns by part of the key, position and name', () => {
    expect(table.columns.map(({ name }) => name)).toStrictEqual(['user', 'day', 'at', 'plan', 'bag', 'note'])
    expect(table.partitionKey.map(({ name }) => name)).toStrictEqual(['user', 'day'])
    expect(table.clusteringKey).toMatchObject([{ name: 'at', order: 'desc' }])
    expect(table.statics.map(({ name }) => name)).toStrictEqual(['plan'])
    expect(table.regulars.map(({ name }) => name)).toStrictEqual(['bag', 'note'])
  })

  it('tells multi-cell columns from single cells', () => {
    expect(table.regulars.map(({ isMultiCell, collection }) => [isMultiCell, collection])).toStrictEqual([
      [true, 'map'],
      [false, null],
    ])
  })

  it('keeps the options of the table', () => {
    expect(table).toMatchObject({ defaultTtlSeconds: 60, gcGraceSeconds: 10, isView: false, isCounter: false })
  })

  it('calls a table with a counter column a counter table', () => {
    const counters = assembleTable('shop', 'hits', { defaultTtlSeconds: 0, gcGraceSeconds: 10, isView: false }, [
      { name: 'page', type: 'text', kind: 'partition_key', position: 0, order: 'none' },
      { name: 'count', type: 'counter', kind: 'regular', position: -1, order: 'none' },
    ])
    expect(counters.isCounter).toBe(true)
  })
})

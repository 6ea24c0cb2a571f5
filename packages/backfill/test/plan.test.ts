import { describe, expect, it } from 'vitest'
import { planGuesses, planTable } from '../src/plan.ts'
import { tableOf } from './support/table.ts'

const userTypes = new Map([
  [
    'place',
    {
      keyspace: 'shop',
      name: 'place',
      fields: [
        { name: 'street', type: 'text' },
        { name: 'Zip', type: 'int' },
      ],
    },
  ],
])
const options = { userTypes, acceptsLowGcGrace: false }
const visits = tableOf('visits', [
  ['user', 'uuid', 'partition_key'],
  ['At', 'timestamp', 'clustering'],
  ['plan', 'text', 'static'],
  ['tags', 'set<text>', 'static'],
  ['a', 'text', 'regular'],
  ['b', 'frozen<list<int>>', 'regular'],
  ['bag', 'map<text, text>', 'regular'],
  ['home', 'place', 'regular'],
  ['stops', 'list<text>', 'regular'],
])

describe('planTable', () => {
  it('writes cells together, collections by element, lists whole, and statics apart', () => {
    const plan = planTable(visits, visits, options)
    expect(plan.regulars).toStrictEqual({
      cells: [0, 1],
      elements: [
        { place: 2, fieldCount: 0 },
        { place: 3, fieldCount: 2 },
      ],
      lists: [4],
    })
    expect(plan.statics).toStrictEqual({ cells: [0], elements: [{ place: 1, fieldCount: 0 }], lists: [] })
    expect(Object.fromEntries(plan.statements)).toMatchInlineSnapshot(`
      {
        "cells": "UPDATE "shop"."visits" USING TIMESTAMP ? AND TTL ? SET "a" = ?, "b" = ? WHERE "user" = ? AND "At" = ?",
        "elements": "UPDATE "shop"."visits" USING TIMESTAMP ? AND TTL ? SET "bag" = "bag" + ?, "home"."street" = ?, "home"."Zip" = ? WHERE "user" = ? AND "At" = ?",
        "lists": "UPDATE "shop"."visits" USING TIMESTAMP ? AND TTL ? SET "stops" = ? WHERE "user" = ? AND "At" = ?",
        "marker": "INSERT INTO "shop"."visits" ("user", "At") VALUES (?, ?) USING TIMESTAMP ? AND TTL ?",
        "row": "INSERT INTO "shop"."visits" ("user", "At", "a", "b") VALUES (?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?",
        "static_cells": "UPDATE "shop"."visits" USING TIMESTAMP ? AND TTL ? SET "plan" = ? WHERE "user" = ?",
        "static_elements": "UPDATE "shop"."visits" USING TIMESTAMP ? AND TTL ? SET "tags" = "tags" + ? WHERE "user" = ?",
      }
    `)
  })

  it('lets no statement out without a timestamp and a TTL', () => {
    const keyOnly = tableOf('keys', [['id', 'int', 'partition_key']])
    for (const plan of [planTable(visits, visits, options), planTable(keyOnly, keyOnly, options)]) {
      expect(plan.statements.size).toBeGreaterThan(0)
      for (const cql of plan.statements.values()) expect(cql).toContain('USING TIMESTAMP ? AND TTL ?')
    }
  })

  it('never overwrites a set, a map or a user type as a whole', () => {
    for (const cql of planTable(visits, visits, options).statements.values()) {
      expect(cql).not.toMatch(/"(bag|tags|home)" = \?/)
    }
  })

  it('has another hash for other columns only', () => {
    const { schemaHash } = planTable(visits, visits, options)
    const renamed = tableOf('visits', [
      ['user', 'uuid', 'partition_key'],
      ['a', 'text', 'regular'],
    ])
    expect(planTable(visits, { ...visits, defaultTtlSeconds: 5 }, options).schemaHash).toBe(schemaHash)
    expect(planTable(renamed, renamed, options).schemaHash).not.toBe(schemaHash)
  })

  const counters = tableOf('hits', [
    ['id', 'int', 'partition_key'],
    ['n', 'counter', 'regular'],
  ])
  const blob = tableOf('visits', [
    ['user', 'uuid', 'partition_key'],
    ['At', 'date', 'clustering'],
    ['a', 'blob', 'regular'],
    ['extra', 'text', 'regular'],
    ['region', 'text', 'partition_key'],
  ])
  it.each([
    ['a counter table', counters, counters, 'BACKFILL_TABLE_COUNTER', /shop\.hits is a counter table/],
    ['a view', { ...visits, isView: true }, visits, 'BACKFILL_TABLE_VIEW', /shop\.visits is a materialized view/],
    ['a view on the target', visits, { ...visits, isView: true }, 'BACKFILL_TABLE_VIEW', /view/],
    [
      'other columns, types and keys on the target',
      tableOf('visits', [
        ['user', 'uuid', 'partition_key'],
        ['At', 'timestamp', 'clustering'],
        ['a', 'text', 'regular'],
        ['lost', 'int', 'regular'],
      ]),
      blob,
      'BACKFILL_TABLE_MISMATCH',
      /At is clustering 0 timestamp on the origin and clustering 0 date on the target; a is regular text on the origin and regular blob on the target; the target has no column lost; region is part of the key on the target only$/,
    ],
    [
      'tombstones that go at once',
      visits,
      { ...visits, gcGraceSeconds: 0 },
      'BACKFILL_TABLE_GC_GRACE',
      /shop\.visits on the target has gc_grace_seconds 0, less than 120/,
    ],
  ])('refuses %s', (_name, origin, target, code, message) => {
    expect(() => planTable(origin, target, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  it('takes tombstones that go at once where that is accepted, and further columns on the target', () => {
    expect(planTable(visits, { ...visits, gcGraceSeconds: 0 }, { ...options, acceptsLowGcGrace: true }).table).toBe(
      visits,
    )
    const { columns } = tableOf('visits', [['later', 'text', 'regular']])
    expect(planTable(visits, { ...visits, columns: [...visits.columns, ...columns] }, options).table).toBe(visits)
  })
})

describe('planGuesses', () => {
  it('names every column whose write time is not its own', () => {
    expect(
      planGuesses(planTable(visits, { ...visits, defaultTtlSeconds: 9 }, options), 'unreadable'),
    ).toMatchInlineSnapshot(`
      [
        "bag, home: element by element at the fence, because the origin cannot tell their write times",
        "stops: whole list at a time before the fence, because the origin cannot tell their write times; an element appended or removed while its row is copied may be doubled or come back",
        "tags: element by element at the fence, because the origin cannot tell their write times",
        "default_time_to_live is 0 on the origin and 9 on the target: copied cells keep the TTL they had, writes through the proxy get that of each cluster",
      ]
    `)
  })

  it('has nothing to say of a table of plain cells', () => {
    const plain = tableOf('plain', [
      ['id', 'int', 'partition_key'],
      ['a', 'text', 'regular'],
    ])
    expect(planGuesses(planTable(plain, plain, options), 'unreadable')).toStrictEqual([])
  })
})

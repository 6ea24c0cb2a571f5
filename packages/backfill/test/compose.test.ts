import { describe, expect, it } from 'vitest'
import { type ComposedRow, composeRow, groupRow, type MarkerPolicy } from '../src/compose.ts'
import { planTable } from '../src/plan.ts'
import { type Cell, rowOf, tableOf } from './support/table.ts'

const FENCE = 1_000n
const READ_AT_MS = 1_000_000
const place = {
  keyspace: 'shop',
  name: 'place',
  fields: [
    { name: 'street', type: 'text' },
    { name: 'zip', type: 'int' },
  ],
}
const table = tableOf('visits', [
  ['pk', 'text', 'partition_key'],
  ['ck', 'text', 'clustering'],
  ['plan', 'text', 'static'],
  ['tags', 'set<text>', 'static'],
  ['a', 'text', 'regular'],
  ['b', 'text', 'regular'],
  ['bag', 'map<text, text>', 'regular'],
  ['home', 'place', 'regular'],
  ['stops', 'list<text>', 'regular'],
])
const plan = planTable(table, table, { userTypes: new Map([['place', place]]), acceptsLowGcGrace: false })

describe('composeRow, markers by insert', () => {
  it.each<[string, Cell[], string[]]>([
    [
      'one write becomes one INSERT, its marker with it',
      [
        ['A', 5n],
        ['B', 5n],
      ],
      ['row pk ck A B @5 ttl 0'],
    ],
    ['null cells are UNSET', [['A', 5n], null], ['row pk ck A - @5 ttl 0']],
    ['an empty cell is written', [['', 5n], null], ['row pk ck  - @5 ttl 0']],
    [
      'two writes: the older one carries the marker',
      [
        ['A', 6n],
        ['B', 5n],
      ],
      ['cells @6 ttl 0 A - pk ck', 'row pk ck - B @5 ttl 0'],
    ],
    [
      'a row that ends: so does its marker',
      [
        ['A', 5n, 60],
        ['B', 5n, 60],
      ],
      ['row pk ck A B @5 ttl 60'],
    ],
    [
      'a permanent cell beside one that ends stays permanent, and so does the marker',
      [
        ['A', 5n],
        ['B', 6n, 60],
      ],
      ['row pk ck A - @5 ttl 0', 'cells @6 ttl 60 - B pk ck'],
    ],
    [
      'a cell that ends and is older: the marker is permanent, at its time',
      [
        ['A', 6n],
        ['B', 5n, 60],
      ],
      ['marker pk ck @5 ttl 0', 'cells @6 ttl 0 A - pk ck', 'cells @5 ttl 60 - B pk ck'],
    ],
    [
      'all cells end at several times: the marker ends with the last',
      [
        ['A', 5n, 60],
        ['B', 6n, 90],
      ],
      ['marker pk ck @5 ttl 90', 'cells @5 ttl 60 A - pk ck', 'cells @6 ttl 90 - B pk ck'],
    ],
    [
      'cells newer than the fence: the marker is at the fence',
      [
        ['A', 2_000n],
        ['B', 2_000n],
      ],
      ['marker pk ck @1000 ttl 0', 'cells @2000 ttl 0 A B pk ck'],
    ],
    ['a row without cells is its marker, at the fence', [null, null], ['marker pk ck @1000 ttl 0']],
    [
      'a map is added to, at the fence',
      [['A', 5n], null, ['M', null]],
      ['row pk ck A - @5 ttl 0', 'elements @1000 ttl 0 M - - pk ck'],
    ],
    [
      'collections alone: no TTL is known, the marker is at the fence',
      [null, null, ['M', null]],
      ['marker pk ck @1000 ttl 0', 'elements @1000 ttl 0 M - - pk ck'],
    ],
    [
      'a map in a row that ends as a whole ends with it',
      [
        ['A', 5n, 60],
        ['B', 6n, 60],
        ['M', null],
      ],
      ['row pk ck A - @5 ttl 60', 'cells @6 ttl 60 - B pk ck', 'elements @1000 ttl 60 M - - pk ck'],
    ],
    [
      'a map beside cells of several TTLs never ends, nor does the marker',
      [
        ['A', 5n, 60],
        ['B', 6n, 90],
        ['M', null],
      ],
      [
        'marker pk ck @5 ttl 0',
        'cells @5 ttl 60 A - pk ck',
        'cells @6 ttl 90 - B pk ck',
        'elements @1000 ttl 0 M - - pk ck',
      ],
    ],
    [
      'a list is written whole, before the fence',
      [['A', 5n], null, null, null, ['L', null]],
      ['row pk ck A - @5 ttl 0', 'lists @<1000 ttl 0 L pk ck'],
    ],
  ])('%s', (_name, cells, expected) => {
    expect(show(compose(cells))).toStrictEqual(expected)
  })

  it('writes a user type field by field and leaves null fields alone', () => {
    const home = `${field('Main')}\xff\xff\xff\xff`
    expect(show(compose([['A', 5n], null, null, [home, null]]))).toContain('elements @1000 ttl 0 - Main - pk ck')
    // A type that got its second field after the value was written.
    expect(show(compose([['A', 5n], null, null, [field('Old'), null]]))).toContain('elements @1000 ttl 0 - Old - pk ck')
    expect(show(compose([['A', 5n], null, null, [`${field('')}${field('1234')}`, null]]))).toContain(
      'elements @1000 ttl 0 -  1234 pk ck',
    )
  })

  it('corrects every TTL by the time since the read and skips what has ended', () => {
    const cells: Cell[] = [
      ['A', 5n, 10],
      ['B', 6n, 90],
    ]
    expect(show(compose(cells, { elapsedMs: 4_500 }))).toStrictEqual([
      'marker pk ck @5 ttl 86',
      'cells @5 ttl 6 A - pk ck',
      'cells @6 ttl 86 - B pk ck',
    ])
    const later = compose(cells, { elapsedMs: 10_000 })
    expect(show(later)).toStrictEqual(['marker pk ck @5 ttl 80', 'cells @6 ttl 80 - B pk ck'])
    expect(later.expiredCellCount).toBe(1)
    const last = compose([...cells, ['M', null]], { elapsedMs: 90_000 })
    expect(last).toMatchObject({ expiredCellCount: 2 })
    const whole = compose([['A', 5n, 10], null, ['M', null], null, ['L', null]], { elapsedMs: 10_000 })
    expect(whole).toMatchObject({ writes: [], expiredCellCount: 3 })
  })

  it('says what it guessed', () => {
    expect(compose([['A', 5n]])).toMatchObject({ marker: 'guessed', collectionTtl: 'none' })
    expect(compose([['A', 5n], null, ['M', null]])).toMatchObject({ collectionTtl: 'none' })
    expect(compose([['A', 5n, 60], null, ['M', null]])).toMatchObject({ collectionTtl: 'inherited' })
    expect(
      compose([
        ['A', 5n, 60],
        ['B', 5n],
        ['M', null],
      ]),
    ).toMatchObject({ collectionTtl: 'unknown' })
  })

  it('gives a list a later time at each attempt, so that the later overwrite removes what the earlier one left', () => {
    const times = [1, 2, 3].map((attempt) =>
      writeTimeOf(compose([['A', 5n], null, null, null, ['L', null]], { attempt })),
    )
    expect(times).toStrictEqual([...times].sort((left, right) => (left < right ? -1 : 1)))
    expect(new Set(times).size).toBe(3)
  })
})

describe('composeRow, markers by update', () => {
  it('writes cells without a marker', () => {
    expect(
      show(
        compose(
          [
            ['A', 5n],
            ['B', 6n],
          ],
          { markers: 'update' },
        ),
      ),
    ).toStrictEqual(['cells @5 ttl 0 A - pk ck', 'cells @6 ttl 0 - B pk ck'])
    expect(compose([['A', 5n]], { markers: 'update' }).marker).toBe('none')
  })

  it('writes the marker of a row without cells, which proves that there is one', () => {
    expect(show(compose([null, null], { markers: 'update' }))).toStrictEqual(['marker pk ck @1000 ttl 0'])
  })
})

describe('composeRow, statics', () => {
  it('writes them by their own statements at their own time, and no marker', () => {
    const row = rowOf(
      [
        ['gold', 7n, 60],
        ['T', null],
      ],
      { kind: 'static', clustering: [] },
    )
    const composed = composeRow(groupRow(row, plan), plan, optionsOf({}))
    expect(show(composed)).toStrictEqual(['static_cells @7 ttl 60 gold pk', 'static_elements @1000 ttl 60 T pk'])
    expect(composed.marker).toBe('none')
  })
})

describe('groupRow', () => {
  it('counts the bytes of key and cells, and the statements it may need', () => {
    const grouped = groupRow(
      rowOf([
        ['AA', 5n],
        ['BBB', 6n],
      ]),
      plan,
    )
    expect(grouped).toMatchObject({ bytes: 9, statementCountMax: 5, hasElements: false, hasLists: false })
  })
})

interface Variation {
  markers?: MarkerPolicy
  elapsedMs?: number
  attempt?: number
}

function optionsOf({ markers = 'insert', elapsedMs = 0, attempt = 1 }: Variation) {
  return { fenceMicros: FENCE, markers, nowMs: READ_AT_MS + elapsedMs, attempt }
}

function compose(cells: readonly Cell[], variation: Variation = {}): ComposedRow {
  const all = [...cells, ...Array<Cell>(5 - cells.length).fill(null)]
  return composeRow(groupRow(rowOf(all, { readAtMs: READ_AT_MS }), plan), plan, optionsOf(variation))
}

/** `kind values`, UNSET as `-`, timestamps as `@5` and TTLs as `ttl 60`; list times only as before the fence. */
function show({ writes }: ComposedRow): string[] {
  return writes.map(({ kind, values }) => {
    const isInsert = kind === 'row' || kind === 'marker'
    const at = isInsert ? values.length - 2 : 0
    const shown = values.map((value, i) => {
      if (i === at && value) {
        const time = value.readBigInt64BE()
        return kind.endsWith('lists') && time < FENCE ? `@<${FENCE}` : `@${time}`
      }
      if (i === at + 1 && value) return `ttl ${value.readInt32BE()}`
      return value === undefined ? '-' : value === null ? 'null' : value.toString()
    })
    return [kind, ...shown].join(' ')
  })
}

function writeTimeOf({ writes }: ComposedRow): bigint {
  return writes.find(({ kind }) => kind === 'lists')?.values[0]?.readBigInt64BE() ?? 0n
}

/** `[bytes]` of a user type's field, as a string of bytes. */
function field(text: string): string {
  return `\0\0\0${String.fromCharCode(text.length)}${text}`
}

import { describe, expect, it } from 'vitest'
import { type CellGroup, groupCells } from '../src/group.ts'
import { type Cell, rowOf } from './support/table.ts'

describe('groupCells', () => {
  it.each<[string, Cell[], CellGroup[]]>([
    ['no cells, no groups', [null, null], []],
    [
      'one write',
      [
        ['a', 5n],
        ['b', 5n],
      ],
      [{ writeTime: 5n, ttl: null, places: [0, 1] }],
    ],
    [
      'another write time',
      [
        ['a', 5n],
        ['b', 6n],
      ],
      [
        { writeTime: 5n, ttl: null, places: [0] },
        { writeTime: 6n, ttl: null, places: [1] },
      ],
    ],
    [
      'same write time, one with a TTL',
      [
        ['a', 5n],
        ['b', 5n, 60],
      ],
      [
        { writeTime: 5n, ttl: null, places: [0] },
        { writeTime: 5n, ttl: 60, places: [1] },
      ],
    ],
    [
      'same write time, TTLs a second apart',
      [
        ['a', 5n, 60],
        ['b', 5n, 61],
      ],
      [
        { writeTime: 5n, ttl: 60, places: [0] },
        { writeTime: 5n, ttl: 61, places: [1] },
      ],
    ],
    [
      'same TTL, other write time',
      [
        ['a', 5n, 60],
        ['b', 6n, 60],
      ],
      [
        { writeTime: 5n, ttl: 60, places: [0] },
        { writeTime: 6n, ttl: 60, places: [1] },
      ],
    ],
    [
      'interleaved writes and nulls',
      [['a', 5n], null, ['c', 6n, 9], ['d', 5n], ['e', 6n, 9]],
      [
        { writeTime: 5n, ttl: null, places: [0, 3] },
        { writeTime: 6n, ttl: 9, places: [2, 4] },
      ],
    ],
    ['an empty cell is a cell', [['', 5n]], [{ writeTime: 5n, ttl: null, places: [0] }]],
    ['a TTL that ends within the second is one', [['a', 5n, 0]], [{ writeTime: 5n, ttl: 0, places: [0] }]],
    ['a write time of 0 is one', [['a', 0n]], [{ writeTime: 0n, ttl: null, places: [0] }]],
  ])('%s', (_name, cells, expected) => {
    expect(groupCells(rowOf(cells), [...cells.keys()])).toStrictEqual(expected)
  })

  it('looks at the places given only', () => {
    const row = rowOf([
      ['a', 5n],
      ['b', 5n],
      ['c', 5n],
    ])
    expect(groupCells(row, [0, 2])).toStrictEqual([{ writeTime: 5n, ttl: null, places: [0, 2] }])
  })
})

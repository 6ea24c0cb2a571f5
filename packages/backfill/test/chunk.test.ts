import { describe, expect, it } from 'vitest'
import { chunkRows } from '../src/chunk.ts'
import type { GroupedRow } from '../src/compose.ts'
import { rowOf } from './support/table.ts'

describe('chunkRows', () => {
  it.each<[string, [partition: string, statements: number, bytes: number][], number[]]>([
    ['no rows', [], []],
    ['one row', [['p', 1, 1]], [1]],
    [
      'rows of one partition together',
      [
        ['p', 1, 1],
        ['p', 1, 1],
        ['p', 1, 1],
      ],
      [3],
    ],
    [
      'partitions apart',
      [
        ['p', 1, 1],
        ['q', 1, 1],
        ['q', 1, 1],
      ],
      [1, 2],
    ],
    [
      'as many statements as allowed',
      [
        ['p', 4, 1],
        ['p', 6, 1],
        ['p', 1, 1],
      ],
      [2, 1],
    ],
    [
      'as many bytes as allowed',
      [
        ['p', 1, 60],
        ['p', 1, 40],
        ['p', 1, 1],
      ],
      [2, 1],
    ],
    [
      'a row beyond the limits alone',
      [
        ['p', 1, 1],
        ['p', 99, 9999],
        ['p', 1, 1],
      ],
      [1, 1, 1],
    ],
  ])('puts %s', (_name, rows, expected) => {
    const grouped = rows.map(
      ([partition, statementCountMax, bytes]): GroupedRow => ({
        row: rowOf([], { key: [Buffer.from(partition)] }),
        groups: [],
        hasElements: false,
        hasLists: false,
        statementCountMax,
        bytes,
      }),
    )
    const chunks = chunkRows(grouped, { statementsMax: 10, bytesMax: 100 })
    expect(chunks.map(({ length }) => length)).toStrictEqual(expected)
    expect(chunks.flat()).toStrictEqual(grouped)
  })

  it('keeps partitions of one token apart', () => {
    const row = (key: string): GroupedRow => ({
      row: rowOf([], { token: 5n, key: [Buffer.from('a'), Buffer.from(key)] }),
      groups: [],
      hasElements: false,
      hasLists: false,
      statementCountMax: 1,
      bytes: 1,
    })
    expect(chunkRows([row('x'), row('y')], { statementsMax: 10, bytesMax: 100 })).toHaveLength(2)
  })
})

import { ErrorCode, encodeResponse, error, HEADER_BYTES, type ProtocolVersion, result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { compareResults } from '../../src/compare/compare-results.ts'

type Cells = (string | null)[][]

function rows(
  cells: Cells,
  parts: { version?: ProtocolVersion; warnings?: string[]; pagingState?: Buffer } = {},
): Buffer {
  const { version = 4, warnings, pagingState = null } = parts
  const columnCount = cells[0]?.length ?? 1
  return encodeResponse(
    result,
    {
      kind: 'rows',
      metadata: { columnCount, pagingState, columns: null },
      rows: cells.map((row) => row.map((cell) => (cell === null ? null : Buffer.from(cell)))),
    },
    { version, stream: 1, ...(warnings && { warnings }) },
  )
}

describe('compareResults', () => {
  it.each<[string, Cells, Cells]>([
    ['no rows', [], []],
    ['the same rows', [['a', 'b']], [['a', 'b']]],
    ['the same rows in another order', [['a'], ['b'], ['c']], [['c'], ['a'], ['b']]],
    ['rows that come twice on both', [['a'], ['a'], ['b']], [['a'], ['b'], ['a']]],
    ['nulls', [[null, 'a']], [[null, 'a']]],
    ['empty cells', [['', 'a']], [['', 'a']]],
  ])('finds %s equal', (_what, first, second) => {
    expect(compareResults(rows(first), rows(second))).toBe('equal')
  })

  it.each<[string, Cells, Cells]>([
    ['a row more', [['a']], [['a'], ['b']]],
    ['a row less', [['a'], ['b']], [['a']]],
    ['another value', [['a', 'b']], [['a', 'c']]],
    ['a row twice instead of another', [['a'], ['a'], ['b']], [['a'], ['b'], ['b']]],
    ['null instead of an empty cell', [[null]], [['']]],
    ['a null and a text that looks like one', [[null]], [['-']]],
    ['cells cut elsewhere', [['ab', 'c']], [['a', 'bc']]],
    ['cells that spell a length', [['1:a', '']], [['', '1:a']]],
  ])('finds %s different', (_what, first, second) => {
    expect(compareResults(rows(first), rows(second))).toBe('different')
    expect(compareResults(rows(second), rows(first))).toBe('different')
  })

  it('looks at the rows only: not at version, warnings, stream or paging state', () => {
    const plain = rows([['a']])
    expect(compareResults(plain, rows([['a']], { version: 3 }))).toBe('equal')
    expect(compareResults(plain, rows([['a']], { warnings: ['careful'] }))).toBe('equal')
    expect(compareResults(plain, rows([['a']], { pagingState: Buffer.from('s') }))).toBe('equal')
  })

  it('compares every byte of a cell', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const frame = (cell: Buffer): Buffer =>
      encodeResponse(
        result,
        { kind: 'rows', metadata: { columnCount: 1, pagingState: null, columns: null }, rows: [[cell]] },
        { version: 4, stream: 0 },
      )
    expect(compareResults(frame(all), frame(Buffer.from(all)))).toBe('equal')
    const other = Buffer.from(all)
    other[255] = 0
    expect(compareResults(frame(all), frame(other))).toBe('different')
  })

  it('compares nothing where an answer has no rows or cannot be read', () => {
    const refused = encodeResponse(error, { code: ErrorCode.INVALID, message: '' }, { version: 4, stream: 0 })
    const empty = encodeResponse(result, { kind: 'void' }, { version: 4, stream: 0 })
    const whole = rows([['a']])
    for (const other of [refused, empty, whole.subarray(0, whole.length - 1), whole.subarray(0, HEADER_BYTES)]) {
      expect(compareResults(whole, other)).toBe('not-comparable')
      expect(compareResults(other, whole)).toBe('not-comparable')
    }
  })
})

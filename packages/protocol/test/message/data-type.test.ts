import { type DataType, result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { typeGoldens } from '../golden/result.ts'
import { codeOf } from '../support/code-of.ts'
import { describeGoldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

describeGoldens('DataType', typeGoldens)

describe('DataType', () => {
  it('has date, time, smallint and tinyint in v4 only', () => {
    for (const kind of ['date', 'time', 'smallint', 'tinyint'] as const) {
      expect(codeOf(() => encode({ kind }, 4))).toBe(null)
      expect(codeOf(() => encode({ kind }, 3))).toBe('PROTOCOL_BAD_VALUE')
      expect(codeOf(() => result.decode(encode({ kind }, 4), 3))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('refuses ids that are not defined, v5 ones among them', () => {
    for (const id of ['0015', '0023', '0032', 'ffff']) {
      expect(codeOf(() => result.decode(rowsOf(hex(id)), 4))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('is nested up to 64 deep', () => {
    expect(codeOf(() => result.decode(encode(nested(64), 4), 4))).toBe(null)
    expect(codeOf(() => encode(nested(65), 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('does not exhaust the stack on a body of lists of lists', () => {
    const lists = Buffer.alloc(2_000_000, hex('0020'))
    expect(codeOf(() => result.decode(rowsOf(lists), 4))).toBe('PROTOCOL_BAD_VALUE')
  })
})

function nested(depth: number): DataType {
  let type: DataType = { kind: 'int' }
  for (let i = 0; i < depth; i++) type = { kind: 'list', element: type }
  return type
}

function encode(type: DataType, version: 3 | 4): Buffer {
  const columns = [{ keyspace: 'k', table: 't', name: 'v', type }]
  return result.encode({ kind: 'rows', metadata: { columnCount: 1, pagingState: null, columns }, rows: [] }, version)
}

function rowsOf(type: Buffer): Buffer {
  return hex(
    '00000002', // Rows
    '00000000', // no flags
    '00000001', // one column
    '0001', // keyspace
    ascii('k'),
    '0001', // table
    ascii('t'),
    '0001', // column
    ascii('v'),
    type,
    '00000000', // no rows
  )
}

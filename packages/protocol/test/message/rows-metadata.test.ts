import { type ColumnSpec, type RowsMetadata, result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { hex } from '../support/hex.ts'

const column: ColumnSpec = { keyspace: 'k', table: 't', name: 'v', type: { kind: 'int' } }

describe('RowsMetadata', () => {
  it('refuses flags that are not defined', () => {
    for (const flags of ['00000008', '80000000']) {
      expect(codeOf(() => result.decode(hex('00000002', flags, '00000000 00000000'), 4))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('refuses more pages without a paging state', () => {
    const body = hex(
      '00000002', // Rows
      '00000006', // flags: more pages, no metadata
      '00000001', // one column
      'ffffffff', // null
      '00000000', // no rows
    )
    expect(codeOf(() => result.decode(body, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses a column count that is not that of the columns', () => {
    expect(encode({ columnCount: 2, pagingState: null, columns: [column] })).toBe('PROTOCOL_BAD_VALUE')
    expect(encode({ columnCount: -1, pagingState: null, columns: null })).toBe('PROTOCOL_BAD_LENGTH')
  })

  it('refuses a global table that a column is not of', () => {
    const columns = [column]
    for (const globalTable of [
      { keyspace: 'k', table: 'u' },
      { keyspace: 'l', table: 't' },
    ]) {
      expect(encode({ columnCount: 1, pagingState: null, columns, globalTable })).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('names a global table if and only if there are columns', () => {
    const globalTable = { keyspace: 'k', table: 't' }
    expect(encode({ columnCount: 1, pagingState: null, columns: [column], globalTable })).toBe(null)
    expect(encode({ columnCount: 1, pagingState: null, columns: [column], globalTable: null })).toBe(
      'PROTOCOL_BAD_VALUE',
    )
    expect(encode({ columnCount: 1, pagingState: null, columns: null, globalTable })).toBe('PROTOCOL_BAD_VALUE')
    expect(encode({ columnCount: 1, pagingState: null, columns: null, globalTable: null })).toBe(null)
  })
})

function encode(metadata: RowsMetadata): string | null {
  return codeOf(() => result.encode({ kind: 'rows', metadata, rows: [] }, 4))
}

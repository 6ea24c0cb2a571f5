import { result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { prefixGoldens, resultGoldens } from '../golden/result.ts'
import { codeOf } from '../support/code-of.ts'
import { describeGoldens } from '../support/golden.ts'
import { hex } from '../support/hex.ts'

describeGoldens('RESULT', resultGoldens)
describeGoldens('RESULT after a prefix', prefixGoldens)

describe('RESULT', () => {
  it('is of kind 1 to 5', () => {
    expect(codeOf(() => result.decode(hex('00000000'), 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => result.decode(hex('00000006'), 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses a row that has not a cell for each column', () => {
    const metadata = { columnCount: 2, pagingState: null, columns: null }
    expect(codeOf(() => result.encode({ kind: 'rows', metadata, rows: [[null]] }, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses rows without columns, whose number nothing would bound', () => {
    const body = hex(
      '00000002', // Rows
      '00000004', // flags: no metadata
      '00000000', // no columns
      '7fffffff', // 2,147,483,647 rows
    )
    expect(codeOf(() => result.decode(body, 4))).toBe('PROTOCOL_BAD_VALUE')
    const metadata = { columnCount: 0, pagingState: null, columns: [] }
    expect(codeOf(() => result.encode({ kind: 'rows', metadata, rows: [[]] }, 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => result.encode({ kind: 'rows', metadata, rows: [] }, 4))).toBe(null)
  })

  it('refuses a negative number of rows', () => {
    const body = hex(
      '00000002', // Rows
      '00000004', // flags: no metadata
      '00000001', // one column
      'ffffffff', // rows
    )
    expect(codeOf(() => result.decode(body, 4))).toBe('PROTOCOL_BAD_LENGTH')
  })
})

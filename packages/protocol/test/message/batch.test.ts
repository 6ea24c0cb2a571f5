import { batch, Consistency } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { batchGoldens } from '../golden/request.ts'
import { codeOf } from '../support/code-of.ts'
import { describeGoldens } from '../support/golden.ts'
import { hex } from '../support/hex.ts'

describeGoldens('BATCH', batchGoldens)

describe('BATCH', () => {
  it('is of type 0, 1 or 2', () => {
    expect(codeOf(() => batch.decode(hex('03', '0000', '0001', '00'), 4))).toBe('PROTOCOL_BAD_VALUE')
    const message = { type: 3 as 2, statements: [], consistency: Consistency.ONE }
    expect(codeOf(() => batch.encode(message, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('has statements of kind 0 and 1', () => {
    const body = hex(
      '00', // logged
      '0001', // one statement
      '02', // of a kind that is not defined
      '00000000 0000', // empty text, no value
      '0001', // ONE
      '00', // no flags
    )
    expect(codeOf(() => batch.decode(body, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses names, which stand after the values they name', () => {
    expect(codeOf(() => batch.decode(hex('00', '0000', '0001', '40'), 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('has no unset value in v3', () => {
    const message = {
      type: 0 as const,
      statements: [{ query: 'x', values: [undefined] }],
      consistency: Consistency.ONE,
    }
    expect(codeOf(() => batch.encode(message, 3))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => batch.encode(message, 4))).toBe(null)
  })

  it('holds at most 65,535 statements', () => {
    const statements = new Array(65536).fill({ query: '', values: [] })
    const message = { type: 1 as const, statements, consistency: Consistency.ONE }
    expect(codeOf(() => batch.encode(message, 4))).toBe('PROTOCOL_BAD_LENGTH')
  })
})

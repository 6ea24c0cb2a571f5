import { type PreparedResult, result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { hex } from '../support/hex.ts'

const prepared: PreparedResult = {
  kind: 'prepared',
  id: hex('01'),
  variables: { pkIndices: [0], columns: [{ keyspace: 'k', table: 't', name: 'v', type: { kind: 'int' } }] },
  metadata: { columnCount: 0, pagingState: null, columns: null },
}

describe('PreparedMetadata', () => {
  it('loses the partition key indices in v3, which does not carry them', () => {
    expect(result.decode(result.encode(prepared, 3), 3)).toStrictEqual({
      ...prepared,
      variables: { ...prepared.variables, pkIndices: [] },
    })
    expect(result.decode(result.encode(prepared, 4), 4)).toStrictEqual(prepared)
  })

  it('refuses flags that are not defined', () => {
    const body = hex(
      '00000004', // Prepared
      '0001 01', // id
      '00000004', // flags of the variables
      '00000000', // no variable
      '00000000', // no partition key column
      '00000004', // rows, flags: no metadata
      '00000000', // no columns
    )
    expect(codeOf(() => result.decode(body, 4))).toBe('PROTOCOL_BAD_VALUE')
  })
})

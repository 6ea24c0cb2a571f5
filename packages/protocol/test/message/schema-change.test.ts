import { type FunctionChange, result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { ascii, hex } from '../support/hex.ts'

describe('SchemaChange', () => {
  it('has functions and aggregates in v4 only', () => {
    for (const target of ['FUNCTION', 'AGGREGATE'] as const) {
      const change: FunctionChange = { changeType: 'CREATED', target, keyspace: 'k', name: 'n', argumentTypes: [] }
      const body = result.encode({ kind: 'schema_change', change }, 4)
      expect(result.decode(body, 4)).toStrictEqual({ kind: 'schema_change', change })
      expect(codeOf(() => result.decode(body, 3))).toBe('PROTOCOL_BAD_VALUE')
      expect(codeOf(() => result.encode({ kind: 'schema_change', change }, 3))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('refuses a target that is not defined', () => {
    const body = hex(
      '00000005', // Schema_change
      '0007', // change type
      ascii('CREATED'),
      '0005', // target
      ascii('TABEL'),
      '0001', // keyspace
      ascii('k'),
    )
    expect(codeOf(() => result.decode(body, 4))).toBe('PROTOCOL_BAD_VALUE')
  })
})

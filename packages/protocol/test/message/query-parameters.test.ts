import { Consistency, execute, type QueryParameters, query } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { hex } from '../support/hex.ts'

describe('QueryParameters', () => {
  it('refuses flags that are not defined', () => {
    expect(codeOf(() => decode('0001 80', 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses names without values', () => {
    expect(codeOf(() => decode('0001 40', 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => encode({ consistency: 1, names: ['a'] }, 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => encode({ consistency: 1, names: ['a'], values: [null, null] }, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('has no unset value in v3, where every negative length is null', () => {
    expect(codeOf(() => encode({ consistency: 1, values: [undefined] }, 3))).toBe('PROTOCOL_BAD_VALUE')
    expect(decode('0001 01 0002 fffffffe 80000000', 3)).toStrictEqual({ consistency: 1, values: [null, null] })
  })

  it('refuses value lengths below -2 in v4', () => {
    expect(codeOf(() => decode('0001 01 0001 fffffffd', 4))).toBe('PROTOCOL_BAD_LENGTH')
  })

  it('takes a null paging state for none, as servers do', () => {
    expect(decode('0001 08 ffffffff', 4)).toStrictEqual({ consistency: 1 })
  })

  it('refuses a consistency that is not defined', () => {
    expect(codeOf(() => decode('000b 00', 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => decode('0001 10 00ff', 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => encode({ consistency: 11 as 10 }, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses numbers that their fields cannot hold', () => {
    expect(codeOf(() => encode({ consistency: 1, pageSize: 2147483648 }, 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => encode({ consistency: 1, pageSize: 0.5 }, 4))).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => encode({ consistency: 1, timestamp: 1n << 63n }, 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('counts values up to 65,535', () => {
    const values = new Array<null>(65535).fill(null)
    expect(codeOf(() => encode({ consistency: 1, values }, 4))).toBe(null)
    expect(codeOf(() => encode({ consistency: 1, values: [...values, null] }, 4))).toBe('PROTOCOL_BAD_LENGTH')
  })

  it('gives values as views of the body', () => {
    const body = query.encode({ query: '', parameters: { consistency: Consistency.ONE, values: [hex('01')] } }, 4)
    const value = query.decode(body, 4).parameters.values?.[0]
    body.fill(0xff)
    expect(value).toStrictEqual(hex('ff'))
  })
})

function decode(parameters: string, version: 3 | 4): QueryParameters {
  return execute.decode(hex('0001 00', parameters), version).parameters
}

function encode(parameters: QueryParameters, version: 3 | 4): Buffer {
  return execute.encode({ id: hex('00'), parameters }, version)
}

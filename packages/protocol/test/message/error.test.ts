import { Consistency, ErrorCode, error, type UnknownErrorCode } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { errorGoldens } from '../golden/error.ts'
import { codeOf } from '../support/code-of.ts'
import { describeGoldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

describeGoldens('ERROR', errorGoldens)

describe('ERROR', () => {
  it('has a golden frame for each code', () => {
    const titles = errorGoldens.map((golden) => golden.title).join('\n')
    for (const name of Object.keys(ErrorCode)) expect(titles).toContain(`v4 ERROR ${name}`)
  })

  it('has READ_FAILURE, FUNCTION_FAILURE and WRITE_FAILURE in v4 only', () => {
    for (const golden of errorGoldens.filter(({ title }) => title.includes('FAILURE'))) {
      const body = golden.frame.subarray(9)
      expect(codeOf(() => error.decode(body, 3))).toBe('PROTOCOL_BAD_VALUE')
      expect(codeOf(() => error.encode(error.decode(body, 4), 3))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('keeps what it cannot explain of a code that is not defined', () => {
    const body = hex(
      '00001700', // CAS_WRITE_UNKNOWN, of v5
      '0003', // message
      ascii('why'),
      '0008 00000001 00000002', // its own fields
    )
    const message = error.decode(body, 4)
    expect(message).toStrictEqual({ code: 0x1700, message: 'why', details: hex('0008 00000001 00000002') })
    expect(error.encode(message, 4)).toStrictEqual(body)
    const other = { code: 0x7777 as UnknownErrorCode, message: '', details: Buffer.alloc(0) }
    expect(error.decode(error.encode(other, 3), 3)).toStrictEqual(other)
  })

  it('takes every byte but 0 for data present', () => {
    const body = hex(
      '00001200', // READ_TIMEOUT
      '0000', // empty message
      '0001 00000000 00000001', // ONE, received, block for
      '02', // data present
    )
    expect(error.decode(body, 4)).toStrictEqual({
      code: ErrorCode.READ_TIMEOUT,
      message: '',
      consistency: Consistency.ONE,
      received: 0,
      blockFor: 1,
      dataPresent: true,
    })
  })
})

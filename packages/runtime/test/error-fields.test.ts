import { errorCode, errorFields } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

function coded(code: unknown, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code })
}

describe('errorFields', () => {
  it('gives name, code and message of a coded error, without its stack', () => {
    expect(errorFields(coded('CLUSTER_NO_HOST', 'no host'))).toStrictEqual({
      name: 'Error',
      code: 'CLUSTER_NO_HOST',
      message: 'no host',
    })
  })

  it('gives the stack of an error without a code, which is a bug', () => {
    const error = new TypeError('x is undefined')
    expect(errorFields(error)).toStrictEqual({ name: 'TypeError', message: 'x is undefined', stack: error.stack })
  })

  it('gives the causes nearest first, those included that are no errors', () => {
    const error = coded('A', 'a', coded('B', 'b', coded('ECONNREFUSED', 'c', 'a text')))
    expect(errorFields(error)).toStrictEqual({
      name: 'Error',
      code: 'A',
      message: 'a',
      causes: [
        { name: 'Error', code: 'B', message: 'b' },
        { name: 'Error', code: 'ECONNREFUSED', message: 'c' },
        { name: 'string', message: 'a text' },
      ],
    })
  })

  it('ends at a cause that comes back', () => {
    const inner = coded('B', 'b')
    const outer = coded('A', 'a', inner)
    inner.cause = outer
    expect(errorFields(outer).causes).toStrictEqual([{ name: 'Error', code: 'B', message: 'b' }])
  })

  it('cuts a chain of causes at eight', () => {
    let error = coded('E0', '0')
    for (let depth = 1; depth <= 20; depth++) error = coded(`E${depth}`, String(depth), error)
    expect(errorFields(error).causes).toHaveLength(8)
  })

  it('gives the members of an AggregateError', () => {
    const error = Object.assign(new AggregateError([coded('A', 'a'), 'b'], 'both failed'), { code: 'BOTH' })
    expect(errorFields(error)).toStrictEqual({
      name: 'AggregateError',
      code: 'BOTH',
      message: 'both failed',
      errors: [
        { name: 'Error', code: 'A', message: 'a' },
        { name: 'string', message: 'b' },
      ],
    })
  })

  it.each([
    ['text', { name: 'string', message: 'text' }],
    [undefined, { name: 'undefined', message: 'undefined' }],
    [null, { name: 'object', message: 'null' }],
  ])('gives something for %j, which was thrown', (thrown, fields) => {
    expect(errorFields(thrown)).toStrictEqual(fields)
  })
})

describe('errorCode', () => {
  it.each([
    [coded('A', ''), 'A'],
    [coded(8704, ''), '8704'],
    [coded(undefined, ''), null],
    [new Error(''), null],
    [{ code: 'A' }, null],
    [undefined, null],
  ])('of %j is %j', (error, code) => {
    expect(errorCode(error)).toBe(code)
  })
})

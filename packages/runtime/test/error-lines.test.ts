import { errorLines, SettingsError } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code })
}

describe('errorLines', () => {
  it('gives one line per problem of the settings', () => {
    const error = new SettingsError([
      { code: 'CONFIG_BAD_VALUE', key: 'a', source: '--a', message: 'a (--a): "x" is not a port (1..65535)' },
      { code: 'CONFIG_MISSING_KEY', key: 'b', source: null, message: 'b is missing' },
    ])
    expect(errorLines('zdm-proxy', error)).toStrictEqual([
      'zdm-proxy: CONFIG_BAD_VALUE: a (--a): "x" is not a port (1..65535)',
      'zdm-proxy: CONFIG_MISSING_KEY: b is missing',
    ])
  })

  it('puts the causes of a coded error at the end of its line', () => {
    const error = coded('CLUSTER_NO_HOST', 'no host of origin answers', coded('ECONNREFUSED', 'refused\n  twice'))
    expect(errorLines('zdm', error)).toStrictEqual([
      'zdm: CLUSTER_NO_HOST: no host of origin answers; cause: ECONNREFUSED: refused twice',
    ])
  })

  it('shows where an error without a code was thrown', () => {
    const [line, ...more] = errorLines('zdm', new TypeError('x is undefined'))
    expect(line).toMatch(/^zdm: UNEXPECTED: TypeError: x is undefined \(at .*error-lines\.test\.ts:\d+:\d+/)
    expect(more).toStrictEqual([])
  })

  it('gives a line per member of an AggregateError', () => {
    const error = new AggregateError([coded('A', 'a'), new AggregateError([coded('B', 'b'), coded('C', 'c')])])
    expect(errorLines('zdm', error)).toStrictEqual(['zdm: A: a', 'zdm: B: b', 'zdm: C: c'])
  })

  it.each([
    ['text', 'zdm: UNEXPECTED: text'],
    [undefined, 'zdm: UNEXPECTED: undefined'],
  ])('gives a line for %j, which was thrown', (thrown, line) => {
    expect(errorLines('zdm', thrown)).toStrictEqual([line])
  })
})

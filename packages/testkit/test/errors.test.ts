import { describe, expect, it } from 'vitest'
import { TESTKIT_ERROR_CODES, TestkitError } from '../src/index.ts'

describe('TestkitError', () => {
  it('carries its code, its name and its cause', () => {
    const cause = new Error('why')
    for (const code of TESTKIT_ERROR_CODES) {
      expect(new TestkitError(code, 'what', { cause })).toMatchObject({
        name: 'TestkitError',
        code,
        message: 'what',
        cause,
      })
    }
  })

  it('has each code once', () => {
    expect(new Set(TESTKIT_ERROR_CODES).size).toBe(TESTKIT_ERROR_CODES.length)
  })
})

import { describe, expect, it } from 'vitest'
import { ValidatorError, validatorErrorCodes } from '../src/errors.ts'

describe('ValidatorError', () => {
  it.each(validatorErrorCodes)('carries code %s, its own name and its cause', (code) => {
    const cause = new Error('why')
    const error = new ValidatorError(code, 'what failed', { cause })
    expect({ name: error.name, code: error.code, message: error.message, cause: error.cause }).toStrictEqual({
      name: 'ValidatorError',
      code,
      message: 'what failed',
      cause,
    })
  })

  it('has codes with the prefix of the package', () => {
    expect(validatorErrorCodes.filter((code) => !code.startsWith('VALIDATOR_'))).toStrictEqual([])
  })
})

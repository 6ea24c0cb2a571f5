import { describe, expect, it } from 'vitest'
import { SimulatorError, simulatorErrorCodes } from '../src/errors.ts'

describe('SimulatorError', () => {
  it.each(simulatorErrorCodes)('carries code %s, its own name and its cause', (code) => {
    const cause = new Error('why')
    const error = new SimulatorError(code, 'what failed', { cause })
    expect({ name: error.name, code: error.code, message: error.message, cause: error.cause }).toStrictEqual({
      name: 'SimulatorError',
      code,
      message: 'what failed',
      cause,
    })
  })

  it('has codes with the prefix of the package', () => {
    expect(simulatorErrorCodes.filter((code) => !code.startsWith('SIMULATOR_'))).toStrictEqual([])
  })
})

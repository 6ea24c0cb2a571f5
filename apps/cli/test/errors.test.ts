import { describe, expect, it } from 'vitest'
import { CliError, cliErrorCodes } from '../src/errors.ts'

describe('CliError', () => {
  it('carries the code it is filed under, its name and its cause', () => {
    for (const code of cliErrorCodes) {
      const cause = new Error('below')
      const error = new CliError(code, 'what failed', { cause })
      expect(error).toMatchObject({ code, name: 'CliError', message: 'what failed', cause })
    }
    expect(new Set(cliErrorCodes).size).toBe(cliErrorCodes.length)
  })
})

import { describe, expect, it } from 'vitest'
import { BackfillError, backfillErrorCodes } from '../src/index.ts'

describe('BackfillError', () => {
  it('carries the code it is filed under, its name and its cause', () => {
    for (const code of backfillErrorCodes) {
      const cause = new Error('below')
      const error = new BackfillError(code, 'what failed', { cause })
      expect(error).toMatchObject({ code, name: 'BackfillError', message: 'what failed', cause })
    }
  })

  it('has codes that are unique and begin with the package', () => {
    expect(new Set(backfillErrorCodes).size).toBe(backfillErrorCodes.length)
    for (const code of backfillErrorCodes) expect(code).toMatch(/^BACKFILL_[A-Z_]+$/)
  })
})

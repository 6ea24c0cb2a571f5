import { describe, expect, it } from 'vitest'
import { quoteName } from '../../src/index.ts'

describe('quoteName', () => {
  it.each([
    ['users', '"users"'],
    ['Users', '"Users"'],
    ['token', '"token"'],
    ['a"b', '"a""b"'],
    ['', '""'],
  ])('writes %s as %s', (name, expected) => {
    expect(quoteName(name)).toBe(expected)
  })
})

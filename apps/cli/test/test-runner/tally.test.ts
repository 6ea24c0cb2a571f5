import { describe, expect, it } from 'vitest'
import { addTallies, formatTally, isSuccess } from '../../src/test-runner/tally.ts'

describe('formatTally', () => {
  it.each([
    [{ passed: 12, failed: 0, skipped: 0 }, '12 passed, 0 failed'],
    [{ passed: 0, failed: 3, skipped: 0 }, '0 passed, 3 failed'],
    [{ passed: 1, failed: 2, skipped: 3 }, '1 passed, 2 failed, 3 skipped'],
  ])('%j is printed as %s', (tally, line) => {
    expect(formatTally(tally)).toBe(line)
  })
})

describe('addTallies', () => {
  it('sums each number', () => {
    const tallies = [
      { passed: 1, failed: 0, skipped: 2 },
      { passed: 10, failed: 4, skipped: 0 },
    ]
    expect(addTallies(tallies)).toStrictEqual({ passed: 11, failed: 4, skipped: 2 })
  })

  it('is nothing for no tally', () => {
    expect(addTallies([])).toStrictEqual({ passed: 0, failed: 0, skipped: 0 })
  })
})

describe('isSuccess', () => {
  it.each([
    [{ passed: 1, failed: 0, skipped: 0 }, true],
    [{ passed: 1, failed: 0, skipped: 9 }, true],
    [{ passed: 9, failed: 1, skipped: 0 }, false],
    [{ passed: 0, failed: 0, skipped: 0 }, false],
    [{ passed: 0, failed: 0, skipped: 9 }, false],
  ])('%j: %s', (tally, expected) => {
    expect(isSuccess(tally)).toBe(expected)
  })
})

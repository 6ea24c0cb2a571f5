/** What was counted: tests of the suites, and one per check that is not a test suite. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export const NOTHING: Readonly<Tally> = { passed: 0, failed: 0, skipped: 0 }

export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = { ...NOTHING }
  for (const tally of tallies) {
    sum.passed += tally.passed
    sum.failed += tally.failed
    sum.skipped += tally.skipped
  }
  return sum
}

/** `12 passed, 0 failed`, with `, 3 skipped` where there are any: the last line of a run, which other programs read. */
export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** A run in which nothing passed has shown nothing, so it has not succeeded either. */
export function isSuccess(tally: Tally): boolean {
  return tally.failed === 0 && tally.passed > 0
}

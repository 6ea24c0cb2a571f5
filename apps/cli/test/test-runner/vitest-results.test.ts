import { describe, expect, it } from 'vitest'
import { countVitest, parseVitestResults, type VitestResults } from '../../src/test-runner/vitest-results.ts'

const FILE = '/repository/packages/cql/test/lexer.test.ts'

/** What vitest's `json` reporter writes, with the parts that are not counted left out. */
function report(testResults: readonly object[]): VitestResults | null {
  return parseVitestResults(JSON.stringify({ numTotalTests: 99, success: true, testResults }))
}

function test(status: string, fullName: string): object {
  return { ancestorTitles: [], fullName, status, title: fullName, duration: 1, failureMessages: [], meta: {} }
}

function file(status: string, tests: readonly object[], message = ''): object {
  return { name: FILE, status, message, startTime: 1, endTime: 2, assertionResults: tests }
}

describe('countVitest', () => {
  it('counts passed tests', () => {
    const results = report([
      file('passed', [test('passed', 'a'), test('passed', 'b')]),
      file('passed', [test('passed', 'c')]),
    ])
    expect(countVitest(results, {}, 0)).toStrictEqual({ passed: 3, failed: 0, skipped: 0, defects: [], skips: [] })
  })

  it('counts failed tests once, not the run that they fail', () => {
    const results = report([file('failed', [test('passed', 'a'), test('failed', 'b'), test('failed', 'c')])])
    expect(countVitest(results, {}, 1)).toMatchObject({ passed: 1, failed: 2, defects: [] })
  })

  it('counts a file that does not load as one failed', () => {
    const results = report([file('failed', [], "Cannot find module './gone.ts'\n    at line 2")])
    const tally = countVitest(results, {}, 1)
    expect(tally).toMatchObject({ passed: 0, failed: 1, skipped: 0 })
    expect(tally.defects).toStrictEqual([`${FILE}: Cannot find module './gone.ts'`])
  })

  it('counts a hook that threw, and the tests that it kept from running', () => {
    const results = report([file('failed', [test('passed', 'a'), test('skipped', 'b'), test('skipped', 'c')])])
    const tally = countVitest(results, {}, 1)
    expect(tally).toMatchObject({ passed: 1, failed: 3, skipped: 0 })
    expect(tally.defects[0]).toBe(`${FILE}: failed outside of its tests`)
  })

  it('counts a skipped test with the reason that it gave', () => {
    const results = report([file('passed', [test('passed', 'a'), test('skipped', 'containers b')])])
    const tally = countVitest(results, { [FILE]: { 'containers b': 'no Docker engine answers' } }, 0)
    expect(tally).toMatchObject({ passed: 1, failed: 0, skipped: 1 })
    expect(tally.skips).toStrictEqual([{ file: FILE, name: 'containers b', reason: 'no Docker engine answers' }])
  })

  it('takes the reason from the title of a suite or a test', () => {
    const results = report([
      file('passed', [test('passed', 'a'), test('skipped', 'three nodes (needs 8 GB of memory) start')]),
    ])
    expect(countVitest(results, {}, 0).skips[0]?.reason).toBe('needs 8 GB of memory')
  })

  it.each(['skipped', 'todo', 'pending'])('counts a test that is %s without a reason as failed', (status) => {
    const results = report([file('passed', [test('passed', 'a'), test(status, 'b')])])
    const tally = countVitest(results, {}, 0)
    expect(tally).toMatchObject({ passed: 1, failed: 1, skipped: 0 })
    expect(tally.defects).toStrictEqual([`${FILE}: 'b' is skipped and does not say why`])
  })

  it('counts an error that no test caught as one failed', () => {
    const results = report([file('passed', [test('passed', 'a')])])
    const tally = countVitest(results, {}, 1)
    expect(tally).toMatchObject({ passed: 1, failed: 1 })
    expect(tally.defects[0]).toContain('an error that no test caught')
  })

  it('counts a run without a test as one failed, whatever its exit code', () => {
    expect(countVitest(report([]), {}, 0)).toMatchObject({ passed: 0, failed: 1, skipped: 0 })
  })

  it('counts a run without results as one failed', () => {
    const tally = countVitest(null, {}, null)
    expect(tally).toMatchObject({ passed: 0, failed: 1, skipped: 0 })
    expect(tally.defects).toStrictEqual(['vitest wrote no results (it was ended by a signal)'])
  })
})

describe('parseVitestResults', () => {
  it.each(['', '{"testResults": [', '[]', 'null', '{"numTotalTests": 3}'])('is null for %j', (text) => {
    expect(parseVitestResults(text)).toBeNull()
  })
})

// What a vitest run says about itself: the file of its `json` reporter, and the reasons that skip-reasons.ts wrote beside it.
import type { Tally } from './tally.ts'

/** The part of the `json` reporter's file that is counted. */
export interface VitestResults {
  files: readonly VitestFile[]
}

interface VitestFile {
  /** Absolute path of the test file. */
  path: string
  /** `failed` with no failed test in it: the file did not load, or a hook threw. */
  status: string
  message: string
  tests: readonly { name: string; status: string }[]
}

/** A test that did not run. */
export interface SkippedTest {
  file: string
  name: string
  /** Null where neither the test's title nor its `skip(reason)` says why. */
  reason: string | null
}

export interface VitestTally extends Tally {
  /** What counts as failed without being a failed test, a line each. */
  defects: readonly string[]
  skips: readonly SkippedTest[]
}

/** Reasons of skipped tests: file, then the test's full name, then the reason. */
export type SkipReasons = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * Counts a run. Beside the failed tests, these count as one failed each: a file that failed as a whole, a test that was skipped and does
 * not say why, and a run that ended badly though nothing in it failed (an error that no test caught).
 *
 * @param results null where vitest wrote none, or none that can be read.
 */
export function countVitest(results: VitestResults | null, reasons: SkipReasons, exitCode: number | null): VitestTally {
  if (results === null) {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      defects: [`vitest wrote no results (${formatExit(exitCode)})`],
      skips: [],
    }
  }
  const defects: string[] = []
  const skips: SkippedTest[] = []
  let passed = 0
  let failed = 0
  for (const file of results.files) {
    const failedHere = file.tests.filter(({ status }) => status === 'failed').length
    passed += file.tests.filter(({ status }) => status === 'passed').length
    failed += failedHere
    if (file.status === 'failed' && failedHere === 0) {
      defects.push(`${file.path}: ${firstLine(file.message) || 'failed outside of its tests'}`)
    }
    for (const { name, status } of file.tests) {
      if (status === 'passed' || status === 'failed') continue
      const reason = reasons[file.path]?.[name] ?? reasonInTitle(name)
      if (reason === null) defects.push(`${file.path}: '${name}' is skipped and does not say why`)
      skips.push({ file: file.path, name, reason })
    }
  }
  const isEmpty = passed + failed + skips.length + defects.length === 0
  if (isEmpty) defects.push(`vitest ran no test (${formatExit(exitCode)})`)
  else if (exitCode !== 0 && failed + defects.length === 0) {
    defects.push(`vitest ended badly though no test failed (${formatExit(exitCode)}): an error that no test caught`)
  }
  const explained = skips.filter(({ reason }) => reason !== null).length
  return { passed, failed: failed + defects.length, skipped: explained, defects, skips }
}

/**
 * Reads the text of vitest's `json` reporter. This is the edge at which foreign JSON becomes ours.
 *
 * @returns null where the text is no such report.
 */
export function parseVitestResults(text: string): VitestResults | null {
  try {
    const report = JSON.parse(text) as { testResults?: unknown }
    if (!Array.isArray(report.testResults)) return null
    return { files: report.testResults.map(parseFile) }
  } catch {
    return null
  }
}

function parseFile(entry: unknown): VitestFile {
  const file = entry as { name?: unknown; status?: unknown; message?: unknown; assertionResults?: unknown }
  const tests = Array.isArray(file.assertionResults) ? file.assertionResults : []
  return {
    path: String(file.name),
    status: String(file.status),
    message: String(file.message ?? ''),
    tests: tests.map((test: { fullName?: unknown; status?: unknown }) => ({
      name: String(test.fullName),
      status: String(test.status),
    })),
  }
}

/** `starts three nodes (needs 8 GB of memory)` gives `needs 8 GB of memory`. */
function reasonInTitle(name: string): string | null {
  return /\((needs [^)]+)\)/.exec(name)?.[1] ?? null
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function formatExit(exitCode: number | null): string {
  return exitCode === null ? 'it was ended by a signal' : `exit code ${exitCode}`
}

// A vitest reporter, named on vitest's command line. Vitest's own `json` reporter leaves out what a test says when it skips itself.
import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { SkipReasons } from './vitest-results.ts'

/** Names the file that the reasons are written to. */
export const REASONS_FILE_VARIABLE = 'ZDM_TEST_SKIP_REASONS'

// Vitest takes a reporter of one's own from a default export, and only from there.
export default class SkipReasonReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env[REASONS_FILE_VARIABLE]
    if (path !== undefined) writeFileSync(path, JSON.stringify(collectReasons(modules)))
  }
}

function collectReasons(modules: readonly TestModule[]): SkipReasons {
  const reasons: Record<string, Record<string, string>> = {}
  for (const module of modules) {
    const ofFile: Record<string, string> = {}
    reasons[module.moduleId] = ofFile
    for (const test of module.children.allTests('skipped')) {
      const result = test.result()
      const note = result.state === 'skipped' ? result.note : undefined
      if (note === undefined) continue
      // Vitest joins titles with ' > ' here, and with a blank in its `json` report.
      ofFile[titles(test).join(' ')] = note
    }
  }
  return reasons
}

function titles(test: TestCase): string[] {
  const names = [test.name]
  let parent = test.parent
  while (parent.type === 'suite') {
    names.unshift(parent.name)
    parent = parent.parent
  }
  return names
}

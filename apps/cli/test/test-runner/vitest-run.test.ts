import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { REASONS_FILE_VARIABLE } from '../../src/test-runner/skip-reasons.ts'
import { countVitest, parseVitestResults, type SkipReasons } from '../../src/test-runner/vitest-results.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const FIXTURE = join(import.meta.dirname, 'fixture')

it('counts a real run of vitest', { timeout: 60_000 }, () => {
  using folder = new TemporaryFolder()
  const resultsFile = join(folder.path, 'results.json')
  const reasonsFile = join(folder.path, 'reasons.json')
  const { status } = spawnSync(
    join(ROOT, 'node_modules/.bin/vitest'),
    [
      'run',
      `--config=${FIXTURE}/vitest.config.ts`,
      '--reporter=json',
      `--outputFile.json=${resultsFile}`,
      `--reporter=${ROOT}/apps/cli/src/test-runner/skip-reasons.ts`,
    ],
    { cwd: folder.path, env: { ...process.env, [REASONS_FILE_VARIABLE]: reasonsFile } },
  )
  const reasons = JSON.parse(readFileSync(reasonsFile, 'utf8')) as SkipReasons
  const { defects, skips, ...tally } = countVitest(
    parseVitestResults(readFileSync(resultsFile, 'utf8')),
    reasons,
    status,
  )

  // Failed: the test, the file that does not load, the test skipped in silence, the test that the hook kept from running.
  expect(tally).toStrictEqual({ passed: 1, failed: 4, skipped: 2 })
  expect(skips.map(({ name, reason }) => [name, reason])).toStrictEqual([
    ['a suite in a suite skips itself', 'no Docker engine answers'],
    ['a suite (needs 8 GB of memory) is skipped', 'needs 8 GB of memory'],
    ['is skipped in silence', null],
    ['a suite with a hook that throws never runs', null],
  ])
  expect(defects.map((defect) => defect.replace(`${FIXTURE}/`, '')).sort()).toStrictEqual([
    'broken.fixture.ts: this file does not load',
    "outcomes.fixture.ts: 'a suite with a hook that throws never runs' is skipped and does not say why",
    "outcomes.fixture.ts: 'is skipped in silence' is skipped and does not say why",
  ])
})

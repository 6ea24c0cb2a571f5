import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { runCommand } from './command.ts'
import { endProcesses, findLeftProcesses, type RunMark } from './leftovers.ts'
import { findBrokenPaths, workspaceFolders } from './package-paths.ts'
import { REASONS_FILE_VARIABLE } from './skip-reasons.ts'
import type { Tally } from './tally.ts'
import { countVitest, parseVitestResults, type SkippedTest, type SkipReasons } from './vitest-results.ts'

/** What every step is given. */
export interface StepContext {
  /** The checkout. */
  root: string
  /** For logs and results. */
  folder: string
  /** Of the programs that a step starts. */
  env: NodeJS.ProcessEnv
  mark: RunMark
  /** On a CI machine what cannot run has failed; a user's machine may lack Java. */
  isCi: boolean
  signal: AbortSignal
}

export interface StepOutcome {
  tally: Tally
  /** Lines to print when something failed. */
  output: readonly string[]
  skips: readonly SkippedTest[]
}

export interface Step {
  /** As it is printed and as its files are called. */
  name: string
  /** What it does, for `--list`. */
  what: string
  /** Part of `--fast`. */
  isFast: boolean
  run: (context: StepContext) => Promise<StepOutcome>
}

const MINUTE_MS = 60_000
// All of it together stays under the 90 minutes that a CI run may take. Each is several times what the step was measured to need.
const CHECK_TIMEOUT_MS = 5 * MINUTE_MS
const UNIT_TIMEOUT_MS = 15 * MINUTE_MS
const CLUSTERS_TIMEOUT_MS = 40 * MINUTE_MS

const OUTPUT_LINES_MAX = 200
const LEFTOVER_GRACE_MS = 10_000

/** The project of vitest.config.ts whose suites start real clusters. */
const CLUSTERS_PROJECT = 'clusters'

const TURBO_QUIET = ['--no-color', '--output-logs=errors-only'] as const

/** In the order in which they run: what is quick to fail comes first. */
export const STEPS: readonly Step[] = [
  commandStep('format', 'formatting, imports and simple lint rules', ['biome', 'check', '--colors=off', '.']),
  commandStep('promises', 'lint rules that need types: promises and switches', ['oxlint', '--type-aware']),
  commandStep('boundaries', 'which package may import which', ['turbo', 'boundaries', '--no-color']),
  commandStep('types', 'type check of every package', ['turbo', 'run', 'typecheck', ...TURBO_QUIET, '--continue']),
  {
    name: 'paths',
    what: 'every path in package.json, turbo.json and tsconfig leads somewhere',
    isFast: true,
    run: checkPaths,
  },
  {
    name: 'test files',
    what: 'every test file belongs to a vitest project, every package has one',
    isFast: true,
    run: checkTestFiles,
  },
  {
    ...commandStep('build', 'the published form of every package', ['turbo', 'run', 'build', ...TURBO_QUIET]),
    isFast: false,
  },
  {
    name: 'unit tests',
    what: 'every vitest project without real clusters',
    isFast: true,
    run: (context) => runVitest(context, 'unit', ['--project', `!${CLUSTERS_PROJECT}`], UNIT_TIMEOUT_MS),
  },
  {
    name: 'cluster tests',
    what: 'suites on real clusters; they need Java 17 and Maven',
    isFast: false,
    run: runClusterTests,
  },
  { name: 'leftovers', what: 'no process and no temporary file of the run is left', isFast: true, run: checkLeftovers },
]

/** A step that is one program: passed when it exits with 0. */
function commandStep(name: string, what: string, argv: readonly [string, ...string[]]): Step {
  const run = async ({ root, folder, env, signal }: StepContext): Promise<StepOutcome> => {
    const logFile = join(folder, `${name.replaceAll(' ', '-')}.log`)
    const result = await runCommand({ argv, cwd: root, env, logFile, timeoutMs: CHECK_TIMEOUT_MS, signal })
    if (result.exitCode === 0 && result.stopped === null) return checked([])
    return checked([
      ...(await tailOf(root, logFile)),
      result.stopped ?? `${argv.join(' ')}: exit code ${result.exitCode}`,
    ])
  }
  return { name, what, isFast: true, run }
}

async function checkPaths({ root }: StepContext): Promise<StepOutcome> {
  return checked(findBrokenPaths(root))
}

/** A test file that no project includes never runs, and nothing would say so. */
async function checkTestFiles({ root, folder, env, signal }: StepContext): Promise<StepOutcome> {
  const listFile = join(folder, 'test-files.json')
  const logFile = join(folder, 'test-files.log')
  const argv = ['vitest', 'list', '--filesOnly', `--json=${listFile}`] as const
  const result = await runCommand({ argv, cwd: root, env, logFile, timeoutMs: CHECK_TIMEOUT_MS, signal })
  if (result.exitCode !== 0 || !existsSync(listFile)) {
    return checked([
      ...(await tailOf(root, logFile)),
      result.stopped ?? `${argv.join(' ')}: exit code ${result.exitCode}`,
    ])
  }
  const included = new Set((JSON.parse(readFileSync(listFile, 'utf8')) as { file: string }[]).map(({ file }) => file))
  const defects: string[] = []
  for (const place of workspaceFolders(root)) {
    const files = globSync('**/*.test.ts', { cwd: place, exclude: ['**/node_modules', 'dist'] }).map((file) =>
      join(place, file),
    )
    for (const file of files) {
      if (!included.has(file)) defects.push(`${relative(root, file)}: no vitest project includes it`)
    }
    if (existsSync(join(place, 'src')) && files.length === 0) defects.push(`${relative(root, place)}: has no test`)
  }
  return checked(defects)
}

async function runVitest(
  context: StepContext,
  name: string,
  filter: readonly string[],
  timeoutMs: number,
): Promise<StepOutcome> {
  const { root, folder, signal } = context
  const logFile = join(folder, `${name}.log`)
  const resultsFile = join(folder, `${name}.json`)
  const reasonsFile = join(folder, `${name}.skips.json`)
  const argv = [
    'vitest',
    'run',
    ...filter,
    // Prints what failed and nothing else.
    '--reporter=minimal',
    '--reporter=json',
    `--outputFile.json=${resultsFile}`,
    `--reporter=${join(import.meta.dirname, 'skip-reasons.ts')}`,
  ] as const
  const env = { ...context.env, [REASONS_FILE_VARIABLE]: reasonsFile }
  const result = await runCommand({ argv, cwd: root, env, logFile, timeoutMs, signal })
  const results = existsSync(resultsFile) ? parseVitestResults(await readFile(resultsFile, 'utf8')) : null
  const reasons = existsSync(reasonsFile) ? (JSON.parse(await readFile(reasonsFile, 'utf8')) as SkipReasons) : {}
  const { defects, skips, passed, failed, skipped } = countVitest(results, reasons, result.exitCode)
  // The paths are absolute; from the root on they say enough.
  const brief = defects.map((defect) => defect.replaceAll(`${root}/`, ''))
  const output =
    failed === 0
      ? []
      : [...(await tailOf(root, logFile)), ...brief, ...(result.stopped === null ? [] : [result.stopped])]
  return { tally: { passed, failed, skipped }, output, skips }
}

async function runClusterTests(context: StepContext): Promise<StepOutcome> {
  const lacks = await findLacks(context)
  if (lacks === null) return runVitest(context, 'clusters', ['--project', CLUSTERS_PROJECT], CLUSTERS_TIMEOUT_MS)
  if (context.isCi) return checked([`real clusters cannot start: ${lacks}`])
  const skip = { file: 'vitest.config.ts', name: `project ${CLUSTERS_PROJECT}`, reason: lacks }
  return { tally: { passed: 0, failed: 0, skipped: 1 }, output: [], skips: [skip] }
}

/** What the machine lacks for real clusters, in the doctor's words; null where it lacks nothing. */
async function findLacks({ root, env }: StepContext): Promise<string | null> {
  const report = await promisify(execFile)('sh', [join(root, 'zdm'), 'doctor'], { env }).then(
    ({ stdout }) => stdout,
    // Exit code 1 is a report with something missing in it, maybe something that the tests do not need.
    (error: { stdout?: string }) => error.stdout ?? '',
  )
  const lines = [...report.matchAll(/^(missing|wrong) +(Java|Maven) +(.*)$/gm)]
  return lines.length === 0 ? null : lines.map(([, state, what, advice]) => `${what} is ${state}: ${advice}`).join('; ')
}

async function checkLeftovers({ mark, folder }: StepContext): Promise<StepOutcome> {
  const left = await findLeftProcesses(mark, LEFTOVER_GRACE_MS)
  endProcesses(left)
  const entries = (await readdir(mark.folder, { recursive: true })).sort()
  const lines = [
    ...left.map(({ pid, command }) => `process ${pid} was still running and has been ended: ${command}`),
    ...entries.slice(0, OUTPUT_LINES_MAX).map((entry) => `left in the folder for temporary files: ${entry}`),
  ]
  writeFileSync(join(folder, 'leftovers.log'), lines.join('\n'))
  return checked(lines)
}

/** The outcome of one check: passed when it has nothing to say. */
function checked(output: readonly string[]): StepOutcome {
  const isPassed = output.length === 0
  return { tally: { passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, skipped: 0 }, output, skips: [] }
}

async function tailOf(root: string, logFile: string): Promise<string[]> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n')
  if (lines.length <= OUTPUT_LINES_MAX) return lines
  const left = lines.length - OUTPUT_LINES_MAX
  return [`(${left} lines before these are in ${relative(root, logFile)})`, ...lines.slice(-OUTPUT_LINES_MAX)]
}

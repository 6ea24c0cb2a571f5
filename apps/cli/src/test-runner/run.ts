// `./zdm test`: runs every check and test of the repository and counts them.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endProcesses, findLeftProcesses } from './leftovers.ts'
import { takeRunLock } from './run-lock.ts'
import { STEPS, type Step, type StepContext, type StepOutcome } from './steps.ts'
import { addTallies, formatTally, isSuccess, type Tally } from './tally.ts'
import type { SkippedTest } from './vitest-results.ts'

/** Where the lines go; a terminal also gets the name of the step that is running. */
export interface Output {
  isTTY?: boolean
  write: (text: string) => unknown
}

export interface TestRunOptions {
  /** The checkout. */
  root: string
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  output: Output
  /** Ends the run: what is running is stopped, the rest is left out. */
  signal: AbortSignal
  steps?: readonly Step[]
}

interface FinishedStep {
  name: string
  seconds: number
  outcome: StepOutcome
}

/** In the environment of everything that a run starts. */
const RUN_VARIABLE = 'ZDM_TEST_RUN'

const USAGE = `zdm test: every check and test of the repository

  ./zdm test            all of it
  ./zdm test --fast     without the build and the tests on real clusters
  ./zdm test --list     what would run

Results and logs are in .zdm/test/. The last line of the output is the count.
`

const INTERRUPTED_GRACE_MS = 5_000

const EXIT_USAGE = 64
const EXIT_TRY_LATER = 75
const EXIT_INTERRUPTED = 130

/** @returns the exit code: 0 only if something passed and nothing failed. */
export async function runTests({ root, argv, env, output, signal, steps = STEPS }: TestRunOptions): Promise<number> {
  const options = parseOptions(argv)
  if (options === null) {
    output.write(`zdm test: unknown arguments: ${argv.join(' ')}\n\n${USAGE}`)
    return EXIT_USAGE
  }
  if (options.help) {
    output.write(USAGE)
    return 0
  }
  const chosen = steps.filter(({ isFast }) => isFast || !options.fast)
  if (options.list) {
    for (const { name, what } of chosen) output.write(`${name.padEnd(NAME_WIDTH)}  ${what}\n`)
    return 0
  }

  const folder = join(root, '.zdm', 'test')
  mkdirSync(folder, { recursive: true })
  using lock = takeRunLock(join(root, '.zdm', 'test.lock'))
  if (lock.holder !== null) {
    output.write(`zdm test: process ${lock.holder} is running the tests of this checkout: wait for it or end it\n`)
    return EXIT_TRY_LATER
  }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const temporary = mkdtempSync(join(tmpdir(), 'zdm-test-'))
  try {
    const context = makeContext({ root, folder, temporary, env, signal })
    output.write(
      `zdm test: ${chosen.length} steps${options.fast ? ', without the slow ones' : ''}; logs in .zdm/test/\n`,
    )
    const finished = await runSteps(chosen, context, output)
    const tally = addTallies(finished.map(({ outcome }) => outcome.tally))
    printSkips(
      finished.flatMap(({ outcome }) => outcome.skips),
      output,
    )
    writeResult(folder, tally, finished)
    if (signal.aborted) {
      // The leftovers step is among those that were left out.
      endProcesses(await findLeftProcesses(context.mark, INTERRUPTED_GRACE_MS))
      output.write(`interrupted after ${finished.length} of ${chosen.length} steps\n`)
    }
    output.write(`${formatTally(tally)}\n`)
    if (signal.aborted) return EXIT_INTERRUPTED
    return isSuccess(tally) ? 0 : 1
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function parseOptions(argv: readonly string[]): { fast: boolean; list: boolean; help: boolean } | null {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        fast: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch {
    return null
  }
}

interface ContextParts {
  root: string
  folder: string
  /** Empty, and ours alone. */
  temporary: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}

function makeContext({ root, folder, temporary, env, signal }: ContextParts): StepContext {
  const run = randomUUID()
  const childEnv: NodeJS.ProcessEnv = {
    ...env,
    [RUN_VARIABLE]: run,
    TMPDIR: temporary,
    NO_COLOR: '1',
    // Biome, vitest and pnpm write a little here; nothing of ours belongs into the user's home folder.
    XDG_CACHE_HOME: join(root, '.tools', 'cache'),
    XDG_DATA_HOME: join(root, '.tools', 'data'),
    XDG_STATE_HOME: join(root, '.tools', 'state'),
  }
  // Node warns about the pair.
  delete childEnv['FORCE_COLOR']
  return {
    root,
    folder,
    env: childEnv,
    mark: { variable: `${RUN_VARIABLE}=${run}`, folder: temporary },
    isCi: ['true', '1'].includes(env['CI'] ?? ''),
    signal,
  }
}

async function runSteps(steps: readonly Step[], context: StepContext, output: Output): Promise<FinishedStep[]> {
  const finished: FinishedStep[] = []
  for (const { name, run } of steps) {
    if (context.signal.aborted) break
    if (output.isTTY) output.write(`running  ${name}`)
    const start = performance.now()
    const outcome = await run(context).catch(failedStep)
    const step = { name, seconds: (performance.now() - start) / 1000, outcome }
    finished.push(step)
    if (output.isTTY) output.write('\r\x1b[K')
    output.write(describeStep(step))
  }
  return finished
}

/** A step that throws is a defect of the step, and it must not hide the others. */
function failedStep(error: unknown): StepOutcome {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { tally: { passed: 0, failed: 1, skipped: 0 }, output: text.split('\n'), skips: [] }
}

const NAME_WIDTH = 13

function describeStep({ name, seconds, outcome }: FinishedStep): string {
  const { tally, output } = outcome
  const word = tally.failed > 0 ? 'FAILED ' : tally.passed === 0 ? 'skipped' : 'ok     '
  const count = addTallies([tally])
  const detail = count.passed + count.failed + count.skipped > 1 ? `  ${formatTally(tally)}` : ''
  const line = `${word}  ${name.padEnd(NAME_WIDTH)} ${seconds.toFixed(1).padStart(7)} s${detail}\n`
  return tally.failed > 0 ? `${line}${output.map((text) => `    ${text}\n`).join('')}` : line
}

/** Each reason once, with how many tests it stands for. */
function printSkips(skips: readonly SkippedTest[], output: Output): void {
  const counts = new Map<string, number>()
  for (const { reason } of skips) {
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  for (const [reason, count] of counts) output.write(`skipped ${count}: ${reason}\n`)
}

/** For programs: the same numbers as the last line, and those of each step. */
function writeResult(folder: string, tally: Tally, finished: readonly FinishedStep[]): void {
  const steps = finished.map(({ name, seconds, outcome }) => ({
    name,
    seconds,
    ...outcome.tally,
    skips: outcome.skips,
  }))
  writeFileSync(
    join(folder, 'result.json'),
    `${JSON.stringify({ schemaVersion: 1, kind: 'test-result', ...tally, steps }, null, 2)}\n`,
  )
}

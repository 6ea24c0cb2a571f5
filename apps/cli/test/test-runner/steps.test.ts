import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STEPS, type StepContext, type StepOutcome } from '../../src/test-runner/steps.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

// The programs that the steps start are scripts here: what they print and write is the input of a step.

interface RunOptions {
  isCi?: boolean
}

async function runStep(name: string, folder: TemporaryFolder, { isCi = false }: RunOptions = {}): Promise<StepOutcome> {
  const step = STEPS.find((candidate) => candidate.name === name)
  if (step === undefined) throw new Error(`no step is called ${name}`)
  const results = join(folder.path, '.zdm')
  const temporary = join(folder.path, 'temporary')
  for (const path of [results, temporary]) mkdirSync(path, { recursive: true })
  const context: StepContext = {
    root: folder.path,
    folder: results,
    env: { ...process.env, PATH: `${folder.path}/bin${delimiter}${process.env['PATH']}` },
    mark: { variable: 'ZDM_STEPS_TEST=1', folder: temporary },
    isCi,
    signal: new AbortController().signal,
  }
  return step.run(context)
}

/** A `vitest` that writes these results where it is told to, and ends with that exit code. */
function fakeVitest(folder: TemporaryFolder, testResults: readonly object[], exitCode = 0): void {
  folder.write('results.json', JSON.stringify({ testResults }))
  const body = `
    echo "$*" > '${folder.path}/arguments'
    echo 'expected 1 to be 2'
    for argument; do
      case $argument in --outputFile.json=*) cp '${folder.path}/results.json' "\${argument#*=}" ;; esac
    done
    [ -z "\${ZDM_TEST_SKIP_REASONS-}" ] || cp '${folder.path}/reasons.json' "$ZDM_TEST_SKIP_REASONS" 2>/dev/null
    exit ${exitCode}`
  folder.script('bin/vitest', body)
}

function fakeDoctor(folder: TemporaryFolder, report: string): void {
  folder.script('zdm', `cat <<'END'\n${report}\nEND\nexit 1`)
}

const PASSED = { fullName: 'a', status: 'passed' }

describe('a step that is one program', () => {
  it('passes with exit code 0 and has nothing to say', async () => {
    using folder = new TemporaryFolder()
    folder.script('bin/biome', 'echo checked')
    expect(await runStep('format', folder)).toStrictEqual({
      tally: { passed: 1, failed: 0, skipped: 0 },
      output: [],
      skips: [],
    })
  })

  it('fails with any other, and shows what it printed', async () => {
    using folder = new TemporaryFolder()
    folder.script('bin/turbo', 'echo a.ts is wrong; exit 2')
    expect(await runStep('boundaries', folder)).toStrictEqual({
      tally: { passed: 0, failed: 1, skipped: 0 },
      output: ['a.ts is wrong', 'turbo boundaries --no-color: exit code 2'],
      skips: [],
    })
  })

  it('shows the end of a long output and says where the rest is', async () => {
    using folder = new TemporaryFolder()
    folder.script('bin/oxlint', 'seq 1000; exit 1')
    const { output } = await runStep('promises', folder)
    expect(output).toHaveLength(202)
    expect(output[0]).toBe('(800 lines before these are in .zdm/promises.log)')
    expect(output[1]).toBe('801')
  })
})

describe('the unit tests step', () => {
  it('counts what vitest wrote, of every project but the clusters', async () => {
    using folder = new TemporaryFolder()
    fakeVitest(folder, [{ name: 'a.test.ts', status: 'passed', assertionResults: [PASSED, PASSED] }])
    expect(await runStep('unit tests', folder)).toMatchObject({
      tally: { passed: 2, failed: 0, skipped: 0 },
      output: [],
    })
  })

  it('shows the output and the defects of a run that failed, with paths from the root on', async () => {
    using folder = new TemporaryFolder()
    fakeVitest(
      folder,
      [{ name: `${folder.path}/a.test.ts`, status: 'failed', message: 'no such module', assertionResults: [] }],
      1,
    )
    expect(await runStep('unit tests', folder)).toMatchObject({
      tally: { passed: 0, failed: 1, skipped: 0 },
      output: ['expected 1 to be 2', 'a.test.ts: no such module'],
    })
  })

  it('knows the reasons that tests gave for being skipped', async () => {
    using folder = new TemporaryFolder()
    fakeVitest(folder, [
      { name: 'a.test.ts', status: 'passed', assertionResults: [PASSED, { fullName: 'b', status: 'skipped' }] },
    ])
    folder.write('reasons.json', '{ "a.test.ts": { "b": "no Docker engine answers" } }')
    const { tally, skips } = await runStep('unit tests', folder)
    expect(tally).toStrictEqual({ passed: 1, failed: 0, skipped: 1 })
    expect(skips).toStrictEqual([{ file: 'a.test.ts', name: 'b', reason: 'no Docker engine answers' }])
  })

  it('fails when vitest dies without results', async () => {
    using folder = new TemporaryFolder()
    folder.script('bin/vitest', 'exit 7')
    const { tally, output } = await runStep('unit tests', folder)
    expect(tally).toStrictEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(output).toContain('vitest wrote no results (exit code 7)')
  })
})

describe('the cluster tests step', () => {
  const lacking =
    'ok       Node          24.21.0\nwrong    Java          17 is needed and 11 is found: install it\nmissing  git           install git'

  it('runs where Java and Maven are there, whatever else the doctor misses', async () => {
    using folder = new TemporaryFolder()
    fakeDoctor(
      folder,
      'ok       Java          17.0.15\nok       Maven         3.8.7\nmissing  git           install git',
    )
    fakeVitest(folder, [{ name: 'a.test.ts', status: 'passed', assertionResults: [PASSED] }])
    expect(await runStep('cluster tests', folder)).toMatchObject({ tally: { passed: 1, failed: 0, skipped: 0 } })
  })

  it('is skipped with the one reason of the doctor where Java does not fit', async () => {
    using folder = new TemporaryFolder()
    fakeDoctor(folder, lacking)
    fakeVitest(folder, [])
    const { tally, skips } = await runStep('cluster tests', folder)
    expect(tally).toStrictEqual({ passed: 0, failed: 0, skipped: 1 })
    expect(skips.map(({ reason }) => reason)).toStrictEqual(['Java is wrong: 17 is needed and 11 is found: install it'])
    expect(existsSync(join(folder.path, 'arguments'))).toBe(false)
  })

  it('has failed there on a CI machine', async () => {
    using folder = new TemporaryFolder()
    fakeDoctor(folder, lacking)
    const { tally, output } = await runStep('cluster tests', folder, { isCi: true })
    expect(tally).toStrictEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(output).toStrictEqual([
      'real clusters cannot start: Java is wrong: 17 is needed and 11 is found: install it',
    ])
  })
})

describe('the test files step', () => {
  function repository(folder: TemporaryFolder, listed: readonly string[]): void {
    folder.write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n')
    folder.write('packages/cql/package.json', '{}')
    folder.write('packages/cql/src/lexer.ts', '')
    folder.write('packages/cql/test/lexer.test.ts', '')
    const list = listed.map((file) => ({ file: join(folder.path, file), projectName: 'cql' }))
    folder.write('list.json', JSON.stringify(list))
    folder.script(
      'bin/vitest',
      `for argument; do case $argument in --json=*) cp '${folder.path}/list.json' "\${argument#*=}" ;; esac; done`,
    )
  }

  it('passes when vitest knows every test file', async () => {
    using folder = new TemporaryFolder()
    repository(folder, ['packages/cql/test/lexer.test.ts'])
    expect((await runStep('test files', folder)).output).toStrictEqual([])
  })

  it('names the files that no project includes, and the packages without tests', async () => {
    using folder = new TemporaryFolder()
    repository(folder, ['packages/cql/test/lexer.test.ts'])
    folder.write('packages/cql/src/statement.test.ts', '')
    folder.write('packages/proxy/package.json', '{}')
    folder.write('packages/proxy/src/index.ts', '')
    expect((await runStep('test files', folder)).output).toStrictEqual([
      'packages/cql/src/statement.test.ts: no vitest project includes it',
      'packages/proxy: has no test',
    ])
  })
})

describe('the leftovers step', () => {
  it('passes where nothing is left', async () => {
    using folder = new TemporaryFolder()
    expect(await runStep('leftovers', folder)).toMatchObject({ tally: { passed: 1, failed: 0 } })
  })

  it('names files that were left', async () => {
    using folder = new TemporaryFolder()
    folder.write('temporary/zdm-node-1/data', '')
    expect((await runStep('leftovers', folder)).output).toStrictEqual([
      'left in the folder for temporary files: zdm-node-1',
      'left in the folder for temporary files: zdm-node-1/data',
    ])
  })
})

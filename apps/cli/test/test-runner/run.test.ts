import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTests } from '../../src/test-runner/run.ts'
import type { Step, StepContext, StepOutcome } from '../../src/test-runner/steps.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

function step(name: string, outcome: Partial<StepOutcome>, isFast = true): Step {
  const whole = { tally: { passed: 1, failed: 0, skipped: 0 }, output: [], skips: [], ...outcome }
  return { name, what: `what ${name} does`, isFast, run: async () => whole }
}

interface RunOptions {
  argv?: readonly string[]
  env?: NodeJS.ProcessEnv
  isTTY?: boolean
  signal?: AbortSignal
}

async function run(
  root: string,
  steps: readonly Step[],
  options: RunOptions = {},
): Promise<{ code: number; text: string }> {
  const { argv = [], env = {}, isTTY = false, signal = new AbortController().signal } = options
  let text = ''
  const output = { isTTY, write: (chunk: string) => (text += chunk) }
  const code = await runTests({ root, argv, env, output, signal, steps })
  // Durations differ from run to run.
  return { code, text: text.replaceAll(/ +\d+\.\d s/g, ' N s') }
}

describe('runTests', () => {
  it('prints a line for each step and ends with the count alone on its line', async () => {
    using folder = new TemporaryFolder()
    const steps = [step('format', {}), step('unit tests', { tally: { passed: 40, failed: 0, skipped: 0 } })]
    expect(await run(folder.path, steps)).toStrictEqual({
      code: 0,
      text: [
        'zdm test: 2 steps; logs in .zdm/test/',
        'ok       format N s',
        'ok       unit tests N s  40 passed, 0 failed',
        '41 passed, 0 failed\n',
      ].join('\n'),
    })
  })

  it('prints the output of a step that failed, and goes on', async () => {
    using folder = new TemporaryFolder()
    const failed = { tally: { passed: 0, failed: 1, skipped: 0 }, output: ['lexer.ts:3', 'a promise floats'] }
    const { code, text } = await run(folder.path, [step('promises', failed), step('types', {})])
    expect(code).toBe(1)
    expect(text.split('\n').slice(1)).toStrictEqual([
      'FAILED   promises N s',
      '    lexer.ts:3',
      '    a promise floats',
      'ok       types N s',
      '1 passed, 1 failed',
      '',
    ])
  })

  it('prints each reason for skipped tests once', async () => {
    using folder = new TemporaryFolder()
    const skip = (name: string, reason: string) => ({ file: 'a.test.ts', name, reason })
    const steps = [
      step('unit tests', {
        tally: { passed: 5, failed: 0, skipped: 2 },
        skips: [skip('a', 'no Docker'), skip('b', 'no Docker')],
      }),
      step('cluster tests', { tally: { passed: 0, failed: 0, skipped: 1 }, skips: [skip('c', 'Java is missing')] }),
    ]
    const { code, text } = await run(folder.path, steps)
    expect(code).toBe(0)
    expect(text.split('\n').slice(2)).toStrictEqual([
      'skipped  cluster tests N s',
      'skipped 2: no Docker',
      'skipped 1: Java is missing',
      '5 passed, 0 failed, 3 skipped',
      '',
    ])
  })

  it('counts a step that throws as failed', async () => {
    using folder = new TemporaryFolder()
    const broken: Step = { ...step('types', {}), run: () => Promise.reject(new Error('no such file')) }
    const { code, text } = await run(folder.path, [broken, step('format', {})])
    expect(code).toBe(1)
    expect(text).toContain('no such file')
    expect(text).toMatch(/\n1 passed, 1 failed\n$/)
  })

  it('fails when nothing ran', async () => {
    using folder = new TemporaryFolder()
    const { code, text } = await run(folder.path, [])
    expect(code).toBe(1)
    expect(text).toMatch(/\n0 passed, 0 failed\n$/)
  })

  it('leaves the slow steps out with --fast, and lists the steps without running them with --list', async () => {
    using folder = new TemporaryFolder()
    const steps = [step('format', {}), step('build', {}, false)]
    const fast = await run(folder.path, steps, { argv: ['--fast'] })
    expect(fast.text).toMatch(/\n1 passed, 0 failed\n$/)
    expect(await run(folder.path, steps, { argv: ['--list'] })).toStrictEqual({
      code: 0,
      text: 'format         what format does\nbuild          what build does\n',
    })
  })

  it('refuses an unknown argument', async () => {
    using folder = new TemporaryFolder()
    const { code, text } = await run(folder.path, [step('format', {})], { argv: ['--quick'] })
    expect(code).toBe(64)
    expect(text).toContain('unknown arguments: --quick')
  })

  it('names the running step on a terminal only', async () => {
    using folder = new TemporaryFolder()
    const { text } = await run(folder.path, [step('format', {})], { isTTY: true })
    expect(text).toContain('running  format\r\x1b[K')
  })

  it('gives the steps a folder for temporary files, and a mark, which end with the run', async () => {
    using folder = new TemporaryFolder()
    let seen: StepContext | undefined
    const look: Step = {
      ...step('format', {}),
      run: async (context) => {
        seen = context
        writeFileSync(join(context.mark.folder, 'left'), '')
        return { tally: { passed: 1, failed: 0, skipped: 0 }, output: [], skips: [] }
      },
    }
    await run(folder.path, [look], { env: { CI: 'true', FORCE_COLOR: '1', HOME: '/home/user' } })
    expect(seen?.isCi).toBe(true)
    expect(seen?.env).toMatchObject({ HOME: '/home/user', TMPDIR: seen?.mark.folder, NO_COLOR: '1' })
    expect(seen?.env).not.toHaveProperty('FORCE_COLOR')
    expect(seen?.mark.variable).toBe(`ZDM_TEST_RUN=${seen?.env['ZDM_TEST_RUN']}`)
    expect(existsSync(seen?.mark.folder ?? '')).toBe(false)
  })

  it('leaves out what comes after an interruption, and ends with 130', async () => {
    using folder = new TemporaryFolder()
    const interruption = new AbortController()
    const interrupting: Step = {
      ...step('types', {}),
      run: async () => {
        interruption.abort()
        return { tally: { passed: 0, failed: 1, skipped: 0 }, output: ['interrupted'], skips: [] }
      },
    }
    const { code, text } = await run(folder.path, [interrupting, step('build', {})], { signal: interruption.signal })
    expect(code).toBe(130)
    expect(text).toMatch(/\ninterrupted after 1 of 2 steps\n0 passed, 1 failed\n$/)
  })

  it('writes the numbers for programs', async () => {
    using folder = new TemporaryFolder()
    await run(folder.path, [step('unit tests', { tally: { passed: 5, failed: 1, skipped: 2 } })])
    const result = JSON.parse(readFileSync(join(folder.path, '.zdm/test/result.json'), 'utf8')) as unknown
    expect(result).toMatchObject({
      schemaVersion: 1,
      kind: 'test-result',
      passed: 5,
      failed: 1,
      skipped: 2,
      steps: [{ name: 'unit tests', passed: 5, failed: 1, skipped: 2, skips: [] }],
    })
  })
})

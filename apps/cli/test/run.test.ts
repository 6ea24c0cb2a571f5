import type { MainIo } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { CliError } from '../src/errors.ts'
import { exitCode, run } from '../src/run.ts'

/** Runs the command and keeps what it prints. */
async function zdm(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  const io: MainIo = {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  }
  const code = await run(argv, {}, io)
  return { code, stdout, stderr }
}

describe('zdm', () => {
  it('prints its commands when nothing is asked, and when help is asked', async () => {
    for (const argv of [[], ['--help'], ['help']]) {
      const { code, stdout } = await zdm(...argv)
      expect(code).toBe(0)
      for (const command of ['demo', 'proxy', 'backfill', 'validate', 'simulate', 'routing', 'test', 'doctor']) {
        expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
      }
    }
    expect((await zdm('--help')).stdout).toContain('Examples:')
  })

  it('shows examples in the help of its own commands', async () => {
    for (const argv of [['demo'], ['demo', 'stop'], ['routing'], ['doctor']]) {
      const { code, stdout } = await zdm(...argv, '--help')
      expect(code).toBe(0)
      expect(stdout).toMatch(/Examples?:\n {2}(\.\/)?zdm /)
    }
  })

  it.each([
    ['proxy', 'zdm-proxy'],
    ['backfill', 'zdm-backfill'],
    ['validate', 'zdm-validate'],
    ['simulate', 'zdm-simulate'],
  ])('passes %s on to %s, with its help', async (command, bin) => {
    const { code, stdout } = await zdm(command, '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(bin)
    expect(stdout).toContain('--')
  })

  it("ends with the tool's own code and line when the tool cannot start", async () => {
    const { code, stdout, stderr } = await zdm('backfill', '--keyspace', 'k', '--no-such-option', 'x')
    expect(code).toBe(3)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^zdm-backfill: CONFIG_UNKNOWN_KEY: /)
  })

  it('passes the options of the tests on', async () => {
    const { code, stdout } = await zdm('test', '--list')
    expect(code).toBe(0)
    expect(stdout).toContain('boundaries')
  })

  it.each([
    [['dmeo'], 'Did you mean demo?'],
    [['demo', 'now'], 'too many arguments'],
    [['demo', '--seed', '-1'], 'whole number from 0'],
    [['demo', '--phase-seconds', '0'], 'number above 0'],
    [['routing', 'set', '--target-read-percent', '101'], 'from 0 to 100'],
    [['routing', 'set', '--writes', 'both'], 'Allowed choices are origin, dual, target'],
  ])('ends %j with 64 and says why', async (argv, expected) => {
    const { code, stderr } = await zdm(...argv)
    expect(code).toBe(64)
    expect(stderr).toContain(expected)
  })

  it('says that nothing was kept where there is no kept demo', async () => {
    const { code, stdout } = await zdm('demo', 'stop', '--out', '/nowhere')
    expect(code).toBe(0)
    expect(stdout).toBe('Nothing to stop: no demo was kept in /nowhere\n')
  })
})

describe('exitCode', () => {
  it('tells usage and what the machine lacks from other failures', () => {
    expect(exitCode(new CliError('CLI_USAGE', ''))).toBe(64)
    expect(exitCode(new CliError('MIGRATION_PORT_TAKEN', ''))).toBe(69)
    expect(exitCode(Object.assign(new Error(), { code: 'EMBEDDED_JAVA_MISSING' }))).toBe(69)
    expect(exitCode(new CliError('MIGRATION_PROXY_ENDED', ''))).toBeUndefined()
    expect(exitCode(new Error())).toBeUndefined()
  })
})

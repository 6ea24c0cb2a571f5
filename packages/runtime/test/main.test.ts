import { ExitCode, exitCodeOf, type MainProcess, runMain, SettingsError, ShutdownRequested } from '@zdmkit/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Sink } from './support/sink.ts'

class FakeProcess implements MainProcess {
  readonly argv = ['/usr/bin/node', '/app/main.js', '--config', 'a.yaml']
  readonly env = { ZDM_LOG_LEVEL: 'INFO' }
  readonly stdout = new Sink()
  readonly stderr = new Sink()
  exitCode: number | undefined
  readonly exits: number[] = []
  uncaught: ((error: unknown) => void) | undefined

  exit(code: number): void {
    this.exits.push(code)
  }

  on(_event: 'uncaughtException', listener: (error: unknown) => void): void {
    this.uncaught = listener
  }
}

const settingsError = new SettingsError([
  { code: 'CONFIG_BAD_VALUE', key: 'a', source: '--a', message: 'a (--a): "x" is not a port (1..65535)' },
  { code: 'CONFIG_MISSING_KEY', key: 'b', source: null, message: 'b is missing' },
])
const codedError = Object.assign(new Error('no host'), { code: 'CLUSTER_NO_HOST' })

describe('runMain', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('passes arguments, environment and streams in and takes the exit code from the result', async () => {
    const main = new FakeProcess()
    await runMain(
      async (argv, env, io) => {
        io.stdout.write(JSON.stringify([argv, env]))
        return 3
      },
      { name: 'zdm', process: main },
    )
    expect(main.stdout.text).toBe('[["--config","a.yaml"],{"ZDM_LOG_LEVEL":"INFO"}]')
    expect([main.exitCode, main.stderr.text]).toStrictEqual([3, ''])
  })

  it.each([
    [
      'one line per problem of the settings',
      settingsError,
      [
        'zdm-proxy: CONFIG_BAD_VALUE: a (--a): "x" is not a port (1..65535)',
        'zdm-proxy: CONFIG_MISSING_KEY: b is missing',
      ],
      64,
    ],
    ['the line of a coded error', codedError, ['zdm-proxy: CLUSTER_NO_HOST: no host'], 1],
    [
      'the signal that ended it',
      new ShutdownRequested('SIGINT'),
      ['zdm-proxy: SHUTDOWN_REQUESTED: stopping because SIGINT was received'],
      130,
    ],
    ['what was thrown that is no error', 'text', ['zdm-proxy: UNEXPECTED: text'], 70],
  ])('prints %s', async (_, error, lines, exitCode) => {
    const main = new FakeProcess()
    await runMain(() => Promise.reject(error), { name: 'zdm-proxy', process: main })
    expect([main.stderr.lines, main.exitCode, main.stdout.text]).toStrictEqual([lines, exitCode, ''])
  })

  it('lets the command choose the exit code of an error', async () => {
    const codes: (number | undefined)[] = []
    for (const error of [settingsError, codedError]) {
      const main = new FakeProcess()
      await runMain(() => Promise.reject(error), {
        name: 'zdm-proxy',
        process: main,
        exitCode: (thrown) => (thrown instanceof SettingsError ? 255 : undefined),
      })
      codes.push(main.exitCode)
    }
    expect(codes).toStrictEqual([255, 1])
  })

  it('turns a throw before the first await into a line as well', async () => {
    const main = new FakeProcess()
    const run = (): Promise<number> => {
      throw codedError
    }
    await runMain(run, { name: 'zdm', process: main })
    expect([main.stderr.lines, main.exitCode]).toStrictEqual([['zdm: CLUSTER_NO_HOST: no host'], 1])
  })

  it('ends the process when an exception is thrown outside the promise of the command', async () => {
    const main = new FakeProcess()
    await runMain(async () => 0, { name: 'zdm', process: main })
    main.uncaught?.(codedError)
    expect([main.stderr.lines, main.exits]).toStrictEqual([['zdm: CLUSTER_NO_HOST: no host'], [1]])
  })

  it('ends the process by force once the linger time is over', async () => {
    const main = new FakeProcess()
    await runMain(async () => 5, { name: 'zdm', process: main, lingerMs: 100 })
    vi.advanceTimersByTime(99)
    expect(main.exits).toStrictEqual([])
    vi.advanceTimersByTime(1)
    expect(main.exits).toStrictEqual([5])
  })
})

describe('exitCodeOf', () => {
  it.each([
    ['wrong settings', settingsError, ExitCode.USAGE],
    ['a signal', new ShutdownRequested('SIGTERM'), ExitCode.INTERRUPTED],
    ['a coded error', codedError, ExitCode.FAILURE],
    ['a bug', new TypeError('x'), ExitCode.SOFTWARE],
  ])('gives %s its code', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })
})

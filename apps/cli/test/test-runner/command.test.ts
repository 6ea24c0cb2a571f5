import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CommandResult, runCommand } from '../../src/test-runner/command.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

// Two busy cores take their time.
const POLL = { timeout: 10_000 }

interface RunOptions {
  argv?: readonly [string, ...string[]]
  script?: string
  timeoutMs?: number
  signal?: AbortSignal
}

async function run(folder: TemporaryFolder, options: RunOptions): Promise<CommandResult & { log: string }> {
  const {
    argv = ['sh', '-c', options.script ?? ''],
    timeoutMs = 60_000,
    signal = new AbortController().signal,
  } = options
  const logFile = join(folder.path, 'a.log')
  const result = await runCommand({ argv, cwd: folder.path, env: process.env, logFile, timeoutMs, signal })
  return { ...result, log: readFileSync(logFile, 'utf8') }
}

describe('runCommand', () => {
  it('gives the exit code, and both streams in the log', async () => {
    using folder = new TemporaryFolder()
    const result = await run(folder, { script: 'echo out; echo err >&2; exit 3' })
    expect(result).toStrictEqual({ exitCode: 3, stopped: null, log: 'out\nerr\n' })
  })

  it('says which program did not start', async () => {
    using folder = new TemporaryFolder()
    const result = await run(folder, { argv: ['no-such-program'] })
    expect(result.exitCode).toBeNull()
    expect(result.stopped).toContain('no-such-program did not start')
  })

  it('ends a program that takes too long', async () => {
    using folder = new TemporaryFolder()
    const result = await run(folder, { script: 'sleep 600', timeoutMs: 100 })
    expect(result).toMatchObject({ exitCode: null, stopped: 'not done after 0.1 s' })
  })

  it('ends a program when the run is interrupted, with what it started', async () => {
    using folder = new TemporaryFolder()
    const interruption = new AbortController()
    // The inner shell is not our child, and is signalled because it is in the group.
    const inner = 'trap "touch ended; exit 0" TERM; touch started; sleep 600 & wait'
    const running = run(folder, { script: `sh -c '${inner}' & wait`, signal: interruption.signal })
    await expect.poll(() => existsSync(join(folder.path, 'started')), POLL).toBe(true)
    interruption.abort()
    expect(await running).toMatchObject({ exitCode: null, stopped: 'interrupted' })
    await expect.poll(() => existsSync(join(folder.path, 'ended')), POLL).toBe(true)
  })

  it('does not wait for a program that is interrupted before its start', async () => {
    using folder = new TemporaryFolder()
    const result = await run(folder, { script: 'sleep 600', signal: AbortSignal.abort() })
    expect(result.stopped).toBe('interrupted')
  })
})

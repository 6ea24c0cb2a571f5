import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { endProcesses, findLeftProcesses } from '../../src/test-runner/leftovers.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const VARIABLE = 'ZDM_LEFTOVERS_TEST=of-this-run'

/** A process that waits until it is ended. */
async function waiting(cwd: string, env: NodeJS.ProcessEnv, argument = ''): Promise<ChildProcess & AsyncDisposable> {
  const child = spawn('sh', ['-c', 'echo; read -r line', argument], { cwd, env: { PATH: process.env['PATH'], ...env } })
  await once(child.stdout, 'data')
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    },
  })
}

describe('findLeftProcesses', () => {
  it('finds a process by the environment that it was given', async () => {
    using folder = new TemporaryFolder()
    await using left = await waiting('/', { ZDM_LEFTOVERS_TEST: 'of-this-run' })
    await using _other = await waiting('/', { ZDM_LEFTOVERS_TEST: 'of-another-run' })
    const found = await findLeftProcesses({ variable: VARIABLE, folder: folder.path }, 0)
    expect(found.map(({ pid }) => pid)).toStrictEqual([left.pid])
    expect(found[0]?.command).toBe('sh -c echo; read -r line')
  })

  it('finds a process that dropped its environment, by its folder or its command line', async () => {
    using folder = new TemporaryFolder()
    await using inFolder = await waiting(folder.path, {})
    await using named = await waiting('/', {}, `--storage=${folder.path}/data`)
    const found = await findLeftProcesses({ variable: VARIABLE, folder: folder.path }, 0)
    expect(found.map(({ pid }) => pid).sort()).toStrictEqual([inFolder.pid, named.pid].sort())
  })

  it('gives a process time to end by itself', async () => {
    using folder = new TemporaryFolder()
    await using ending = await waiting(folder.path, {})
    const finding = findLeftProcesses({ variable: VARIABLE, folder: folder.path }, 30_000)
    ending.stdin?.end()
    expect(await finding).toStrictEqual([])
  })
})

describe('endProcesses', () => {
  it('ends what is left and takes it that one has ended already', async () => {
    using folder = new TemporaryFolder()
    await using left = await waiting(folder.path, {})
    const exit = once(left, 'exit')
    const found = await findLeftProcesses({ variable: VARIABLE, folder: folder.path }, 0)
    endProcesses(found)
    expect(await exit).toStrictEqual([null, 'SIGKILL'])
    expect(() => endProcesses(found)).not.toThrow()
  })
})

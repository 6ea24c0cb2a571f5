import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { Supervisor } from '../../src/embedded/supervisor.ts'
import { eventually } from '../../src/index.ts'
import { findGroup, isAlive } from '../support/processes.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

interface Held {
  directory: string
  handle: string
  pid: number
  watchdogPid: number
}

describe('Supervisor', () => {
  it('makes a folder for this user only, and runs processes whose output goes to a file', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    expect((await stat(supervisor.directory)).mode & 0o777).toBe(0o700)
    const child = await supervisor.spawn(shell(supervisor, 'echo out; echo err >&2; exit 3'))
    expect(await child.exited).toStrictEqual({ exitCode: 3, signal: null })
    expect(child.exit).toStrictEqual({ exitCode: 3, signal: null })
    child.signal('SIGKILL')
    const { size } = await stat(join(supervisor.directory, 'log'))
    expect(size).toBe('out\nerr\n'.length)
  })

  it('kills whole process groups and removes the folder when it stops', async () => {
    await using folder = await TemporaryFolder.make()
    const supervisor = await Supervisor.start(folder.path, 'x-')
    const child = await supervisor.spawn(shell(supervisor, `sleep 600 & exec sleep 600`))
    await supervisor.stop()
    expect(await isAlive(child.pid)).toBe(false)
    expect(await child.exited).toStrictEqual({ exitCode: null, signal: 'SIGKILL' })
    expect(await readdir(folder.path)).toStrictEqual([])
    await expect(supervisor.spawn(shell(supervisor, 'true'))).rejects.toMatchObject({
      code: 'EMBEDDED_SUPERVISOR_LOST',
    })
  })

  it('rejects the spawn of what is not there', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    const spec = { ...shell(supervisor, ''), file: join(folder.path, 'no-such-file') }
    await expect(supervisor.spawn(spec)).rejects.toMatchObject({ cause: { code: 'ENOENT' } })
  })

  it('rejects its start where no folder can be made', async () => {
    await using folder = await TemporaryFolder.make()
    const file = await folder.script('file', '')
    await expect(Supervisor.start(file, 'x-')).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(Supervisor.start('/proc', 'x-')).rejects.toMatchObject({ code: 'EMBEDDED_SUPERVISOR_LOST' })
  })

  it('leaves no process and no folder when its own process is killed with -9', async () => {
    await using folder = await TemporaryFolder.make()
    const { holder, held } = await hold(folder)
    const group = await eventually(async () => {
      const pids = await findGroup(held.pid)
      return pids.length === 2 && pids
    })
    holder.kill('SIGKILL')
    await eventually(async () => (await readdir(folder.path)).length === 0)
    for (const pid of [...group, held.watchdogPid]) await eventually(async () => !(await isAlive(pid)))
  })

  it('kills the processes and removes the folder itself when the watchdog is killed', async () => {
    await using folder = await TemporaryFolder.make()
    const supervisor = await Supervisor.start(folder.path, 'x-')
    const child = await supervisor.spawn(shell(supervisor, 'exec sleep 600'))
    process.kill(supervisor.pid, 'SIGKILL')
    expect(await child.exited).toStrictEqual({ exitCode: null, signal: 'SIGKILL' })
    await eventually(async () => !(await isAlive(child.pid)))
    await supervisor.stop()
    expect(await readdir(folder.path)).toStrictEqual([])
  })

  it('lets what is kept outlive its process, until somebody ends it', async () => {
    await using folder = await TemporaryFolder.make()
    const { holder, held } = await hold(folder, 'keep')
    if (holder.exitCode === null) await once(holder, 'exit')
    expect(await isAlive(held.pid)).toBe(true)
    expect(await Supervisor.endKept(held.handle)).toBe(true)
    expect(await isAlive(held.pid)).toBe(false)
    await expect(access(held.directory)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await Supervisor.endKept(held.handle)).toBe(false)
  })

  it('removes a kept folder whose watchdog is gone', async () => {
    await using folder = await TemporaryFolder.make()
    const { held } = await hold(folder, 'keep')
    process.kill(held.watchdogPid, 'SIGKILL')
    process.kill(-held.pid, 'SIGKILL')
    await eventually(async () => !(await isAlive(held.watchdogPid)))
    expect(await Supervisor.endKept(held.handle)).toBe(true)
    expect(await readdir(folder.path)).toStrictEqual([])
  })
})

function shell(supervisor: Supervisor, script: string): Parameters<Supervisor['spawn']>[0] {
  const { directory } = supervisor
  return { file: '/bin/sh', args: ['-c', script], cwd: directory, env: {}, logFile: join(directory, 'log') }
}

/** Another process with a supervised process. */
async function hold(folder: TemporaryFolder, kept = ''): Promise<{ holder: ChildProcess; held: Held }> {
  const script = join(import.meta.dirname, '..', 'support', 'hold-supervisor.ts')
  const args = ['--conditions=@zdmkit/source', script, folder.path, kept]
  const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string]
  return { holder, held: JSON.parse(line) as Held }
}

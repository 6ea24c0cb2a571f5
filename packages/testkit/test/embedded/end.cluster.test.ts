import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { EmbeddedCassandra, eventually, freePort } from '../../src/index.ts'
import { findProcesses, isAlive } from '../support/processes.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

describe('the end of an embedded cluster', () => {
  it('leaves no process and no folder when its parent is killed with -9', async () => {
    await using folder = await TemporaryFolder.make()
    const script = join(import.meta.dirname, '..', 'support', 'hold-cluster.ts')
    const args = ['--conditions=@zdmkit/source', script, folder.path]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      const { pids } = JSON.parse(line) as { pids: number[] }
      expect(await Promise.all(pids.map(isAlive))).toStrictEqual([true])
    } finally {
      parent.kill('SIGKILL')
    }
    await eventually(async () => (await readdir(folder.path)).length === 0)
    await eventually(async () => (await findProcesses(folder.path)).length === 0)
  })

  it('leaves no process and no folder when the start is aborted', async () => {
    await using folder = await TemporaryFolder.make()
    const abort = new AbortController()
    const { signal } = abort
    const start = EmbeddedCassandra.start({ version: '4.0', nodes: 2, directory: folder.path, signal })
    const aborted = expect(start).rejects.toThrow('enough')
    // The JVMs' own command lines name the folder.
    await eventually(async () => (await findProcesses(folder.path)).length >= 2, { timeoutMs: 20_000 })
    abort.abort(new Error('enough'))
    await aborted
    expect(await readdir(folder.path)).toStrictEqual([])
    expect(await findProcesses(folder.path)).toStrictEqual([])
  })

  it('comes before the first JVM where the port asked for is taken', async () => {
    await using folder = await TemporaryFolder.make()
    const port = await freePort(['127.0.0.2'])
    const server = createServer().listen({ host: '127.0.0.2', port })
    await once(server, 'listening')
    try {
      await expect(
        EmbeddedCassandra.start({ version: '4.0', nodes: 2, port, directory: folder.path }),
      ).rejects.toMatchObject({
        code: 'EMBEDDED_PORT_TAKEN',
        message: `port ${port} on 127.0.0.2 is in use: end its user or choose another port`,
      })
    } finally {
      server.close()
    }
    expect(await readdir(folder.path)).toStrictEqual([])
  })

  it('comes where the disk has no room, before the first JVM', async () => {
    await expect(EmbeddedCassandra.start({ version: '4.0', nodes: 200_000 })).rejects.toMatchObject({
      code: 'EMBEDDED_DISK_FULL',
      message: expect.stringMatching(/^\d+ MB are free in .*, and 200000 nodes need \d+ MB/),
    })
  })
})

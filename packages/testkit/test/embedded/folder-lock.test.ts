import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FolderLock } from '../../src/embedded/folder-lock.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

describe('FolderLock', () => {
  it('lets one in at a time', async () => {
    await using folder = await TemporaryFolder.make()
    let inside = 0
    let most = 0
    const enter = async (): Promise<void> => {
      await using _lock = await FolderLock.take(join(folder.path, 'lock'))
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all([enter(), enter(), enter()])
    expect(most).toBe(1)
  })

  it('takes over what a dead process left', async () => {
    await using folder = await TemporaryFolder.make()
    // Above the largest process id that Linux gives.
    await writeFile(join(folder.path, 'lock'), '4194999')
    await using _lock = await FolderLock.take(join(folder.path, 'lock'))
  })

  it('takes over what nobody has touched for long', async () => {
    await using folder = await TemporaryFolder.make()
    const path = join(folder.path, 'lock')
    await writeFile(path, String(process.pid))
    await utimes(path, 1, 1)
    await using _lock = await FolderLock.take(path)
  })

  it('is kept for as long as its holder lives', async () => {
    await using folder = await TemporaryFolder.make()
    const path = join(folder.path, 'lock')
    const times = { beatEveryMs: 10, deadAfterMs: 400 }
    await using _lock = await FolderLock.take(path, times)
    const signal = AbortSignal.timeout(900)
    await expect(FolderLock.take(path, { ...times, signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('gives up where the file cannot be made', async () => {
    await expect(FolderLock.take('/proc/nowhere/lock')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

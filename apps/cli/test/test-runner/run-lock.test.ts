import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { takeRunLock } from '../../src/test-runner/run-lock.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

describe('takeRunLock', () => {
  it('is ours until its block ends', () => {
    using folder = new TemporaryFolder()
    const file = join(folder.path, 'lock')
    {
      using lock = takeRunLock(file)
      expect(lock.holder).toBeNull()
      expect(existsSync(file)).toBe(true)
    }
    expect(existsSync(file)).toBe(false)
  })

  it('names the run that has it, and leaves it to that one', async () => {
    using folder = new TemporaryFolder()
    const file = join(folder.path, 'lock')
    const other = spawn('sh', ['-c', 'echo; read -r line', 'test-runner/main.ts'])
    await once(other.stdout, 'data')
    writeFileSync(file, String(other.pid))
    {
      using lock = takeRunLock(file)
      expect(lock.holder).toBe(other.pid)
    }
    expect(existsSync(file)).toBe(true)
    other.stdin.end()
    await once(other, 'exit')
  })

  it.each([
    ['of a process that is gone', '2147483646'],
    ['of a process that is no run of the tests', '1'],
    ['without a number in it', ''],
  ])('takes over a lock %s', (_, text) => {
    using folder = new TemporaryFolder()
    const file = join(folder.path, 'lock')
    writeFileSync(file, text)
    using lock = takeRunLock(file)
    expect(lock.holder).toBeNull()
  })
})

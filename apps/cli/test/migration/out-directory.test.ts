import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertCanWrite, writeInto } from '../../src/migration/out-directory.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

describe('the folder of a report', () => {
  it('is probed without leaving a trace', async () => {
    using folder = new TemporaryFolder()
    await assertCanWrite(join(folder.path, 'a', 'b'))
    expect(readdirSync(folder.path)).toStrictEqual([])
    await assertCanWrite(folder.path)
    expect(readdirSync(folder.path)).toStrictEqual([])
    expect(existsSync(folder.path)).toBe(true)
  })

  it('is made when something is written', async () => {
    using folder = new TemporaryFolder()
    await writeInto(join(folder.path, 'a', 'b'), 'report.json', '{}')
    expect(readFileSync(join(folder.path, 'a', 'b', 'report.json'), 'utf8')).toBe('{}')
  })

  it.each(['/proc/nowhere/x', '/dev/null/x'])('is refused where it cannot be: %s', async (path) => {
    const expected = { code: 'MIGRATION_FOLDER_NOT_WRITABLE', message: expect.stringContaining(path) as string }
    await expect(assertCanWrite(path)).rejects.toMatchObject(expected)
    await expect(writeInto(path, 'x', '')).rejects.toMatchObject(expected)
  })
})

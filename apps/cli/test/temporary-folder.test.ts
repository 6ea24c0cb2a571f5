import { lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TemporaryFolder } from './support/temporary-folder.ts'

describe('TemporaryFolder', () => {
  it('replaces a link and leaves what it leads to alone', () => {
    using elsewhere = new TemporaryFolder()
    using folder = new TemporaryFolder()
    const target = elsewhere.write('cat', 'the real one')
    symlinkSync(target, join(folder.path, 'cat'))
    folder.script('cat', 'echo fake')
    expect(readFileSync(target, 'utf8')).toBe('the real one')
    expect(lstatSync(join(folder.path, 'cat')).isFile()).toBe(true)
  })

  it('writes nothing outside of itself', () => {
    using folder = new TemporaryFolder()
    expect(() => folder.write('../a', '')).toThrow('is not in')
  })
})

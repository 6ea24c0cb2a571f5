import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { demoDirectory } from '../../src/demo/out-directory.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

describe('demoDirectory', () => {
  it('is the folder that was named', () => {
    expect(demoDirectory('out', '/work')).toBe('/work/out')
    expect(demoDirectory('/abs', '/work')).toBe('/abs')
  })

  it('is .zdm/demo of the repository that one is in', () => {
    using folder = new TemporaryFolder()
    folder.write('pnpm-workspace.yaml', '')
    const below = join(folder.path, 'a', 'b')
    mkdirSync(below, { recursive: true })
    expect(demoDirectory(undefined, below)).toBe(join(folder.path, '.zdm', 'demo'))
  })

  it('is below the working directory where there is no repository', () => {
    expect(demoDirectory(undefined, '/no/repository')).toBe('/no/repository/.zdm/demo')
  })
})

import { describe, expect, it } from 'vitest'
import { findBrokenPaths, workspaceFolders } from '../../src/test-runner/package-paths.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

/** A repository of one package, in which every path leads somewhere. `changes` replaces or adds files. */
function repository(folder: TemporaryFolder, changes: Record<string, string> = {}): string {
  const files = {
    'pnpm-workspace.yaml': "packages:\n  - packages/*\n  - 'apps/*'\n\ncatalog:\n  vitest: 5.1.1\n",
    LICENSE: 'Apache License',
    'package.json': '{ "private": true }',
    'turbo.json':
      '{ "globalDependencies": ["tsconfig.base.json"], "tasks": { "build": { "inputs": ["src/**"], "outputs": ["dist/**"] } } }',
    'tsconfig.base.json': '{ "compilerOptions": {} }',
    'packages/cql/package.json': JSON.stringify({
      exports: { '.': { '@zdmkit/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
      bin: { cql: './dist/main.js' },
      files: ['dist', 'README.md', 'LICENSE'],
      scripts: { build: 'tsc -p tsconfig.build.json' },
      repository: { directory: 'packages/cql' },
    }),
    'packages/cql/tsconfig.json': '{ "extends": "../../tsconfig.base.json", "include": ["src"] }',
    'packages/cql/tsconfig.build.json':
      '{\n  // What is published.\n  "extends": "./tsconfig.json" /* and more */,\n "files": ["src/main.ts"] }',
    'packages/cql/README.md': '# cql',
    'packages/cql/src/index.ts': '',
    'packages/cql/src/main.ts': '',
    ...changes,
  }
  for (const [name, text] of Object.entries(files)) folder.write(name, text)
  return folder.path
}

describe('findBrokenPaths', () => {
  it('finds nothing where every path is there or is made by the build', () => {
    using folder = new TemporaryFolder()
    expect(findBrokenPaths(repository(folder))).toStrictEqual([])
  })

  it.each([
    ['exports', { exports: './src/gone.ts' }, './src/gone.ts'],
    ['exports', { exports: { '.': { default: './dist/gone.js' } } }, './dist/gone.js'],
    ['bin', { bin: { cql: './dist/gone.js' } }, './dist/gone.js'],
    ['files', { files: ['CHANGELOG.md'] }, 'CHANGELOG.md'],
    ['scripts', { scripts: { build: 'tsc -p tsconfig.gone.json' } }, 'tsconfig.gone.json'],
  ])('finds a path of %s in package.json that leads nowhere', (key, manifest, path) => {
    using folder = new TemporaryFolder()
    const root = repository(folder, { 'packages/cql/package.json': JSON.stringify(manifest) })
    expect(findBrokenPaths(root)).toStrictEqual([
      `packages/cql/package.json: ${key} names ${path}, which is not there and which the build does not make`,
    ])
  })

  it('takes dist for made only where the package has a build', () => {
    using folder = new TemporaryFolder()
    const root = repository(folder, {
      'packages/pure/package.json': '{ "main": "./dist/index.js" }',
      'packages/pure/src/index.ts': '',
    })
    expect(findBrokenPaths(root)).toHaveLength(1)
  })

  it('finds a package that names another folder as its own', () => {
    using folder = new TemporaryFolder()
    const root = repository(folder, {
      'packages/cql/package.json': '{ "repository": { "directory": "packages/sql" } }',
    })
    expect(findBrokenPaths(root)).toStrictEqual(['packages/cql/package.json: repository.directory is packages/sql'])
  })

  it('finds what a tsconfig extends or includes and what is not there', () => {
    using folder = new TemporaryFolder()
    const tsconfig = '{ "extends": "../tsconfig.base.json", "include": ["src", "test", "bench/**/*.ts"] }'
    expect(findBrokenPaths(repository(folder, { 'packages/cql/tsconfig.json': tsconfig }))).toStrictEqual([
      'packages/cql/tsconfig.json: names ../tsconfig.base.json, which is not there',
      'packages/cql/tsconfig.json: names test, which is not there',
      'packages/cql/tsconfig.json: names bench/**/*.ts, which is not there',
    ])
  })

  it('finds inputs and dependencies of turbo.json that match nothing', () => {
    using folder = new TemporaryFolder()
    const turbo = {
      globalDependencies: ['tsconfig.json'],
      tasks: { build: { inputs: ['$TURBO_DEFAULT$', 'bench/**'], outputs: ['out/**'] } },
    }
    expect(findBrokenPaths(repository(folder, { 'turbo.json': JSON.stringify(turbo) }))).toStrictEqual([
      'turbo.json: globalDependencies names tsconfig.json, which is not there',
      'turbo.json: task build has the input bench/**, which no package has',
      'turbo.json: task build has the output out/**, which no build makes',
    ])
  })
})

describe('workspaceFolders', () => {
  it('reads the list of pnpm-workspace.yaml and takes the folders that have a package.json', () => {
    using folder = new TemporaryFolder()
    const root = repository(folder, { 'packages/notes/README.md': '', 'apps/cli/package.json': '{}' })
    expect(workspaceFolders(root)).toStrictEqual([`${root}/apps/cli`, `${root}/packages/cql`])
  })
})

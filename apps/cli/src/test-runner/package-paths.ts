// Every path that a package.json, a turbo.json or a tsconfig names is a file, or a file that the build makes. A path that leads nowhere
// goes unnoticed until a user installs the package.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Parsed JSON, looked into with the functions below. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Checks the configuration of the repository at `root`.
 *
 * @returns a line for each path that leads nowhere; empty where all is well.
 */
export function findBrokenPaths(root: string): string[] {
  const folders = workspaceFolders(root)
  return [
    ...[root, ...folders].flatMap((folder) => checkManifest(root, folder)),
    ...[root, ...folders].flatMap((folder) => checkTsconfigs(root, folder)),
    ...checkTurbo(root, folders),
  ]
}

/** The folders that pnpm-workspace.yaml lists, absolute. Its list is plain enough to be read without a YAML parser. */
export function workspaceFolders(root: string): string[] {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const list = /^packages:\n((?:[ \t]+- .*\n)+)/m.exec(text)?.[1] ?? ''
  const patterns = [...list.matchAll(/- ["']?([^"'\n]+)/g)].map((match) => match[1] ?? '')
  return patterns
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }))
    .map((file) => join(root, dirname(file)))
    .sort()
}

function checkManifest(root: string, folder: string): string[] {
  const file = join(folder, 'package.json')
  const manifest = readJson(file)
  const named: [string, string][] = []
  for (const key of ['main', 'types', 'exports', 'bin', 'imports']) {
    for (const path of strings(member(manifest, key))) named.push([key, path])
  }
  for (const path of strings(member(manifest, 'files'))) named.push(['files', path])
  for (const script of strings(member(manifest, 'scripts'))) {
    for (const match of script.matchAll(/(?:-p|--project|--config) (\S+)/g)) named.push(['scripts', match[1] ?? ''])
  }
  const broken = named
    .filter(([key, path]) => !leadsSomewhere(root, folder, key, path))
    .map(
      ([key, path]) =>
        `${relative(root, file)}: ${key} names ${path}, which is not there and which the build does not make`,
    )
  const directory = member(member(manifest, 'repository'), 'directory')
  if (directory !== null && directory !== relative(root, folder)) {
    broken.push(`${relative(root, file)}: repository.directory is ${String(directory)}`)
  }
  return broken
}

function leadsSomewhere(root: string, folder: string, key: string, path: string): boolean {
  if (existsSync(join(folder, path))) return true
  // pnpm adds the repository's licence to a package that it packs.
  if (key === 'files' && path === 'LICENSE') return existsSync(join(root, 'LICENSE'))
  return isMadeByBuild(folder, path)
}

/** `./dist/a.js` and `./dist/a.d.ts` are made of `src/a.ts`, where the package has a build at all. */
function isMadeByBuild(folder: string, path: string): boolean {
  if (!existsSync(join(folder, 'tsconfig.build.json'))) return false
  if (/^(\.\/)?dist\/?$/.test(path)) return existsSync(join(folder, 'src'))
  const made = /^(?:\.\/)?dist\/(.+?)(?:\.d\.ts|\.js)$/.exec(path)
  return made !== null && existsSync(join(folder, 'src', `${made[1]}.ts`))
}

function checkTsconfigs(root: string, folder: string): string[] {
  const broken: string[] = []
  for (const name of globSync('tsconfig*.json', { cwd: folder })) {
    const file = join(folder, name)
    const config = readJson(file)
    const paths = [
      ...strings(member(config, 'extends')),
      ...strings(member(config, 'include')),
      ...strings(member(config, 'files')),
      ...strings(member(member(config, 'compilerOptions'), 'rootDir')),
    ]
    for (const path of paths) {
      const isThere = path.includes('*') ? globSync(path, { cwd: folder }).length > 0 : existsSync(join(folder, path))
      if (!isThere) broken.push(`${relative(root, file)}: names ${path}, which is not there`)
    }
  }
  return broken
}

/** turbo skips a pattern that matches nothing without a word: then a change there would be answered from the cache. */
function checkTurbo(root: string, folders: readonly string[]): string[] {
  const broken: string[] = []
  for (const folder of [root, ...folders]) {
    const file = join(folder, 'turbo.json')
    if (!existsSync(file)) continue
    const config = readJson(file)
    for (const path of strings(member(config, 'globalDependencies'))) {
      if (!matches(root, path))
        broken.push(`${relative(root, file)}: globalDependencies names ${path}, which is not there`)
    }
    // A task of the root's file runs in every package: one that has the file is enough.
    const places = folder === root ? folders : [folder]
    const tasks = member(config, 'tasks')
    for (const task of keys(tasks)) {
      for (const path of strings(member(member(tasks, task), 'inputs'))) {
        const isThere = path.startsWith('$') || path.startsWith('!') || places.some((place) => matches(place, path))
        if (!isThere) broken.push(`${relative(root, file)}: task ${task} has the input ${path}, which no package has`)
      }
      for (const path of strings(member(member(tasks, task), 'outputs'))) {
        if (!/^dist\//.test(path))
          broken.push(`${relative(root, file)}: task ${task} has the output ${path}, which no build makes`)
      }
    }
  }
  return broken
}

function matches(folder: string, pattern: string): boolean {
  return globSync(pattern, { cwd: folder, exclude: ['**/node_modules'] }).length > 0
}

/** JSON with comments, as tsconfig and turbo.json have it. Strings are kept apart, because a pattern holds `/*` too. */
function readJson(file: string): Json {
  const text = readFileSync(file, 'utf8').replace(
    /("(?:\\.|[^"\\])*")|\/\/.*|\/\*[\s\S]*?\*\//g,
    (_, string: string | undefined) => string ?? '',
  )
  return JSON.parse(text) as Json
}

function member(value: Json, key: string): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? ((value as Record<string, Json>)[key] ?? null)
    : null
}

function keys(value: Json): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}

/** Every string in a value, at any depth. */
function strings(value: Json): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((inner: Json) => strings(inner))
    : []
}

import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The folder of demos: the one named, else `.zdm/demo` of the repository that `from` is in, else `.zdm/demo` below `from`. */
export function demoDirectory(named: string | undefined, from: string = process.cwd()): string {
  if (named !== undefined) return resolve(from, named)
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml')) || existsSync(join(folder, '.git'))) {
      return join(folder, '.zdm', 'demo')
    }
    if (dirname(folder) === folder) return join(from, '.zdm', 'demo')
  }
}

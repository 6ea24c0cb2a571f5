import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { TestkitError } from '../errors.ts'

/** The one major version on which every release that we start was measured. */
export const JAVA_MAJOR = 17

/** A Java that fits. */
export interface Java {
  /** The `java` binary. */
  path: string
  /** As it says itself, such as `17.0.15`. */
  version: string
}

/** Where a `java` was looked for, and what was there: its version, or null where it cannot be run. */
interface Candidate {
  source: string
  path: string
  version: string | null
}

/**
 * The Java 17 to start Cassandra with: that of JAVA_HOME, else the first `java` on PATH.
 *
 * @throws EMBEDDED_JAVA_MISSING when there is no `java` in either place.
 * @throws EMBEDDED_JAVA_WRONG_VERSION when there is one, but of another version.
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const found: Candidate[] = []
  for (const { source, path } of await candidates(env)) {
    const version = await readVersion(path)
    if (version !== null && majorOf(version) === JAVA_MAJOR) return { path, version }
    found.push({ source, path, version })
  }
  throw notFound(found, env)
}

/** The first file called `name` on PATH that may be executed, or null. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (folder !== '' && (await isExecutable(path))) return path
  }
  return null
}

async function candidates(env: NodeJS.ProcessEnv): Promise<{ source: string; path: string }[]> {
  const list: { source: string; path: string }[] = []
  const home = env['JAVA_HOME']
  if (home) {
    const path = join(home, 'bin', 'java')
    if (await isExecutable(path)) list.push({ source: 'JAVA_HOME', path })
  }
  const onPath = await findOnPath('java', env)
  if (onPath !== null) list.push({ source: 'PATH', path: onPath })
  return list
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/** `java -version` prints `openjdk version "17.0.15" 2025-04-15` to its standard error. */
async function readVersion(path: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(path, ['-version'], { timeout: 20_000 })
    return /version "([^"]+)"/.exec(stderr + stdout)?.[1] ?? null
  } catch {
    return null
  }
}

/** `17.0.15` is 17, and `1.8.0_412` is 8. */
function majorOf(version: string): number {
  const [first = '', second = ''] = version.split('.')
  return Number.parseInt(first === '1' ? second : first, 10)
}

function notFound(found: Candidate[], env: NodeJS.ProcessEnv): TestkitError {
  const home = env['JAVA_HOME']
  const what = 'install a Java 17 runtime or set JAVA_HOME to one'
  if (found.length === 0) {
    const place = home ? `JAVA_HOME (${home}) has no bin/java` : 'JAVA_HOME is not set'
    const message = `Java ${JAVA_MAJOR} is needed to start Cassandra and was not found: ${place}, and no java is on PATH; ${what}`
    return new TestkitError('EMBEDDED_JAVA_MISSING', message)
  }
  const seen = found.map(({ source, path, version }) => `${source} has ${version ?? 'one that does not run'} (${path})`)
  const message = `Java ${JAVA_MAJOR} is needed to start Cassandra, but ${seen.join(' and ')}; ${what}`
  return new TestkitError('EMBEDDED_JAVA_WRONG_VERSION', message)
}

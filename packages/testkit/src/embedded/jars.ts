// The jars of a release, resolved once by Maven from a pinned pom and kept in a cache folder. Maven is the only client:
// mirrors, proxies and credentials are what its own settings say.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { TestkitError } from '../errors.ts'
import { FolderLock } from './folder-lock.ts'
import { findOnPath } from './java.ts'
import { Supervisor } from './supervisor.ts'
import type { Release } from './version.ts'

/** What {@link resolveJars} depends on besides the release. */
export interface JarsOptions {
  env?: NodeJS.ProcessEnv
  signal?: AbortSignal
  /** Called with one line for a person when Maven has to be asked. */
  onProgress?: (line: string) => void
}

/** In the folder of a release when it is complete: the hash of the pom that it was made from. */
const MARKER = '.pom-sha256'

/**
 * The absolute paths of a release's jars, asking Maven when the cache folder does not have them yet. Several processes
 * may call it at the same time.
 *
 * @throws EMBEDDED_MAVEN_MISSING when Maven is needed and not on PATH.
 * @throws EMBEDDED_DOWNLOAD_FAILED when Maven fails, for want of a network say.
 * @throws EMBEDDED_DISK_FULL
 */
export async function resolveJars(release: Release, options: JarsOptions = {}): Promise<string[]> {
  const { env = process.env, signal } = options
  const cache = jarsFolder(env)
  const folder = join(cache, release.version)
  const pom = pomPath(release.version)
  const hash = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
  if (!(await isComplete(folder, hash))) {
    const maven = await findOnPath('mvn', env)
    if (maven === null) throw mavenMissing(release, folder)
    await mkdir(cache, { recursive: true })
    await using _lock = await FolderLock.take(join(cache, 'lock'), signal === undefined ? {} : { signal })
    if (!(await isComplete(folder, hash))) await download({ release, pom, hash, folder, maven, env, ...options })
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jar')).sort()
  return names.map((name) => join(folder, name))
}

/**
 * The cache folder: ZDM_CASSANDRA_JARS, else `.zdm/cassandra` of the repository that `from` is in, else the user's cache
 * folder. A `from` under node_modules is in no repository: there this package is somebody's dependency.
 */
export function jarsFolder(env: NodeJS.ProcessEnv = process.env, from: string = import.meta.dirname): string {
  if (env['ZDM_CASSANDRA_JARS']) return env['ZDM_CASSANDRA_JARS']
  const root = findRepository(from)
  if (root !== null) return join(root, '.zdm', 'cassandra')
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'zdmkit', 'cassandra')
}

/** The committed pom of a release; `maven/` is beside `src/` and beside `dist/`. */
export function pomPath(version: string): string {
  return join(import.meta.dirname, '..', '..', 'maven', version, 'pom.xml')
}

function findRepository(from: string): string | null {
  if (from.includes(`${sep}node_modules${sep}`)) return null
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
  }
  return null
}

async function isComplete(folder: string, hash: string): Promise<boolean> {
  try {
    return (await readFile(join(folder, MARKER), 'utf8')).trim() === hash
  } catch {
    return false
  }
}

interface Download extends JarsOptions {
  release: Release
  pom: string
  hash: string
  folder: string
  maven: string
  env: NodeJS.ProcessEnv
}

/** Maven runs under a watchdog, in a folder of its own inside the cache: both are gone when we are killed half-way. */
async function download({ release, pom, hash, folder, maven, env, signal, onProgress }: Download): Promise<void> {
  signal?.throwIfAborted()
  onProgress?.(`Cassandra ${release.version}: fetching its jars with Maven, once (about 60 MB, half a minute)`)
  await using supervisor = await Supervisor.start(dirname(folder), `.${release.version}-`)
  const jars = join(supervisor.directory, 'jars')
  const logFile = join(supervisor.directory, 'maven.log')
  // -C: a checksum that does not match fails; -B -q: no colours, no progress, only errors.
  const args = ['-B', '-q', '-C', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
  const mvn = await supervisor.spawn({
    file: maven,
    args: [...args, '-DincludeScope=runtime'],
    cwd: supervisor.directory,
    env: definedOnly(env),
    logFile,
  })
  const exit = await untilAborted(mvn.exited, signal)
  if (exit.exitCode !== 0) throw downloadFailed(release, await readFile(logFile, 'utf8').catch(() => ''))
  try {
    await writeFile(join(jars, MARKER), `${hash}\n`)
    // A folder of an older pom.
    await rm(folder, { recursive: true, force: true })
    await rename(jars, folder)
  } catch (error) {
    throw downloadFailed(release, String(error), error)
  }
}

/** @throws the reason of the signal, as soon as it is aborted. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function mavenMissing(release: Release, folder: string): TestkitError {
  const message = `Maven is needed to fetch Cassandra ${release.version} into ${folder}, and no mvn is on PATH: install Maven 3.8 or later`
  return new TestkitError('EMBEDDED_MAVEN_MISSING', message)
}

/** Maven's output says what went wrong; its first error line is enough. */
function downloadFailed(release: Release, output: string, cause?: unknown): TestkitError {
  if (/No space left on device|ENOSPC/.test(output)) {
    const message = `no space left for the jars of Cassandra ${release.version} (about 60 MB here and 60 MB in Maven's own repository): free some and run again`
    return new TestkitError('EMBEDDED_DISK_FULL', message, { cause })
  }
  const line = output.split('\n').find((one) => one.startsWith('[ERROR]')) ?? output.trim().split('\n').at(-1) ?? ''
  const reason = line.replace('[ERROR] ', '').slice(0, 400) || 'it said nothing'
  const message = `Maven could not fetch Cassandra ${release.version}: check the network and Maven's settings (mirror, proxy), then run again. Maven says: ${reason}`
  return new TestkitError('EMBEDDED_DOWNLOAD_FAILED', message, { cause })
}

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jarsFolder, pomPath, resolveJars } from '../../src/embedded/jars.ts'
import { CASSANDRA_VERSIONS, findRelease } from '../../src/embedded/version.ts'
import { eventually } from '../../src/index.ts'
import { findProcesses } from '../support/processes.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const release = findRelease('4.0')

// Stands for Maven: writes two jars to the folder after -DoutputDirectory=, and counts its calls.
const WORKING_MAVEN = `
echo "$@" >> "$COUNT"
for argument; do case "$argument" in -DoutputDirectory=*) folder="\${argument#*=}";; esac; done
mkdir -p "$folder" && touch "$folder/b.jar" "$folder/a.jar"`

describe('resolveJars', () => {
  it('asks Maven once, for all callers, with checksums enforced', async () => {
    await using folder = await TemporaryFolder.make()
    const { env, calls } = await fakeMaven(folder, WORKING_MAVEN)
    const lines: string[] = []
    const onProgress = (line: string): void => void lines.push(line)
    const all = await Promise.all([
      resolveJars(release, { env, onProgress }),
      resolveJars(release, { env, onProgress }),
    ])
    const jars = ['a.jar', 'b.jar'].map((name) => join(folder.path, 'cache', '4.0.18', name))
    expect(all).toStrictEqual([jars, jars])
    expect(await resolveJars(release, { env: { ...env, PATH: '' }, onProgress })).toStrictEqual(jars)
    expect(await calls()).toHaveLength(1)
    expect((await calls())[0]).toContain(`-B -q -C -f ${pomPath('4.0.18')} dependency:copy-dependencies`)
    expect(lines).toStrictEqual(['Cassandra 4.0.18: fetching its jars with Maven, once (about 60 MB, half a minute)'])
    expect(await readdir(join(folder.path, 'cache'))).toStrictEqual(['4.0.18'])
  })

  it('asks again when the pom has changed', async () => {
    await using folder = await TemporaryFolder.make()
    const { env, calls } = await fakeMaven(folder, WORKING_MAVEN)
    await resolveJars(release, { env })
    await writeFile(join(folder.path, 'cache', '4.0.18', '.pom-sha256'), 'of another pom')
    await writeFile(join(folder.path, 'cache', '4.0.18', 'old.jar'), '')
    expect(await resolveJars(release, { env })).toHaveLength(2)
    expect(await calls()).toHaveLength(2)
  })

  it('needs Maven only then, and says so when it is missing', async () => {
    await using folder = await TemporaryFolder.make()
    const cache = join(folder.path, 'cache')
    await expect(resolveJars(release, { env: { PATH: '', ZDM_CASSANDRA_JARS: cache } })).rejects.toMatchObject({
      code: 'EMBEDDED_MAVEN_MISSING',
      message: `Maven is needed to fetch Cassandra 4.0.18 into ${cache}/4.0.18, and no mvn is on PATH: install Maven 3.8 or later`,
    })
  })

  it('tells in one line why Maven failed, and leaves nothing half done', async () => {
    await using folder = await TemporaryFolder.make()
    const lines = `echo '[WARNING] x'; echo '[ERROR] Could not transfer artifact: no route'; echo '[ERROR] y'; exit 1`
    const { env } = await fakeMaven(folder, lines)
    await expect(resolveJars(release, { env })).rejects.toMatchObject({
      code: 'EMBEDDED_DOWNLOAD_FAILED',
      message:
        "Maven could not fetch Cassandra 4.0.18: check the network and Maven's settings (mirror, proxy), then run again. Maven says: Could not transfer artifact: no route",
    })
    expect(await readdir(join(folder.path, 'cache'))).toStrictEqual([])
  })

  it('tells a full disk from a failed download', async () => {
    await using folder = await TemporaryFolder.make()
    const { env } = await fakeMaven(folder, `echo '[ERROR] x: No space left on device'; exit 1`)
    await expect(resolveJars(release, { env })).rejects.toMatchObject({ code: 'EMBEDDED_DISK_FULL' })
  })

  it('ends Maven when it is aborted', async () => {
    await using folder = await TemporaryFolder.make()
    const { env, calls } = await fakeMaven(folder, `echo "$@" >> "$COUNT"; sleep 601`)
    const abort = new AbortController()
    const resolved = resolveJars(release, { env, signal: abort.signal })
    const failed = expect(resolved).rejects.toThrow('enough')
    await eventually(async () => (await calls()).length === 1)
    abort.abort(new Error('enough'))
    await failed
    expect(await readdir(join(folder.path, 'cache'))).toStrictEqual([])
    await eventually(async () => (await findProcesses('sleep\x00601')).length === 0)
    await expect(resolveJars(release, { env, signal: abort.signal })).rejects.toThrow('enough')
  })
})

describe('jarsFolder', () => {
  it('is what the user says, else in the repository', () => {
    expect(jarsFolder({ ZDM_CASSANDRA_JARS: '/srv/jars' })).toBe('/srv/jars')
    const root = join(import.meta.dirname, '..', '..', '..', '..')
    expect(jarsFolder({})).toBe(join(root, '.zdm', 'cassandra'))
  })

  it('is in the cache folder of the user where there is no repository', () => {
    expect(jarsFolder({ XDG_CACHE_HOME: '/c' }, '/app/node_modules/@zdmkit/testkit/dist')).toBe('/c/zdmkit/cassandra')
    expect(jarsFolder({}, '/')).toBe(join(homedir(), '.cache', 'zdmkit', 'cassandra'))
  })
})

describe('findRelease', () => {
  it('takes a line or an exact version', () => {
    expect(['4.0', '4.0.18', '4.1', '5.0'].map((version) => findRelease(version).version)).toStrictEqual([
      '4.0.18',
      '4.0.18',
      '4.1.9',
      '5.0.5',
    ])
  })

  it('knows a pom for every release', async () => {
    for (const version of CASSANDRA_VERSIONS) {
      expect(await readFile(pomPath(version), 'utf8')).toContain(`<version>${version}</version>`)
    }
  })

  it('refuses what is not pinned', () => {
    for (const version of ['3.11', '4', '5.0.4', '']) {
      expect(() => findRelease(version)).toThrow(expect.objectContaining({ code: 'EMBEDDED_VERSION_UNKNOWN' }))
    }
  })
})

interface FakeMaven {
  env: NodeJS.ProcessEnv
  calls(): Promise<string[]>
}

async function fakeMaven(folder: TemporaryFolder, lines: string): Promise<FakeMaven> {
  await folder.script('bin/mvn', lines)
  const count = join(folder.path, 'count')
  return {
    env: {
      PATH: [join(folder.path, 'bin'), process.env['PATH']].join(delimiter),
      ZDM_CASSANDRA_JARS: join(folder.path, 'cache'),
      COUNT: count,
    },
    calls: async () => (await readFile(count, 'utf8').catch(() => '')).split('\n').filter(Boolean),
  }
}

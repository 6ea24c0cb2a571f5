import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findJava } from '../../src/embedded/java.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

describe('findJava', () => {
  it('takes the Java 17 of JAVA_HOME before that of PATH', async () => {
    await using folder = await TemporaryFolder.make()
    const path = await fakeJava(folder, 'home/bin/java', '17.0.1')
    await fakeJava(folder, 'path/java', '17.0.2')
    const env = { JAVA_HOME: join(folder.path, 'home'), PATH: join(folder.path, 'path') }
    expect(await findJava(env)).toStrictEqual({ path, version: '17.0.1' })
  })

  it('takes the first java on PATH when JAVA_HOME has another version, or none', async () => {
    await using folder = await TemporaryFolder.make()
    await fakeJava(folder, 'home/bin/java', '21.0.4')
    const path = await fakeJava(folder, 'path/java', '17.0.2')
    const PATH = `${join(folder.path, 'nothing')}::${join(folder.path, 'path')}`
    for (const JAVA_HOME of [join(folder.path, 'home'), join(folder.path, 'empty'), '', undefined]) {
      expect(await findJava({ JAVA_HOME, PATH })).toStrictEqual({ path, version: '17.0.2' })
    }
  })

  it('says where it looked when there is none', async () => {
    await using folder = await TemporaryFolder.make()
    await expect(findJava({ PATH: folder.path })).rejects.toMatchObject({
      code: 'EMBEDDED_JAVA_MISSING',
      message:
        'Java 17 is needed to start Cassandra and was not found: JAVA_HOME is not set, and no java is on PATH; install a Java 17 runtime or set JAVA_HOME to one',
    })
    await expect(findJava({ JAVA_HOME: folder.path, PATH: '' })).rejects.toMatchObject({
      code: 'EMBEDDED_JAVA_MISSING',
      message: expect.stringContaining(`JAVA_HOME (${folder.path}) has no bin/java, and no java is on PATH`),
    })
  })

  it('says what it found where the version is another one', async () => {
    await using folder = await TemporaryFolder.make()
    const old = await fakeJava(folder, 'home/bin/java', '1.8.0_412')
    const broken = await folder.script('path/java', 'exit 1')
    const env = { JAVA_HOME: join(folder.path, 'home'), PATH: join(folder.path, 'path') }
    await expect(findJava(env)).rejects.toMatchObject({
      code: 'EMBEDDED_JAVA_WRONG_VERSION',
      message: `Java 17 is needed to start Cassandra, but JAVA_HOME has 1.8.0_412 (${old}) and PATH has one that does not run (${broken}); install a Java 17 runtime or set JAVA_HOME to one`,
    })
  })
})

function fakeJava(folder: TemporaryFolder, name: string, version: string): Promise<string> {
  return folder.script(name, `echo 'openjdk version "${version}" 2025-04-15' >&2`)
}

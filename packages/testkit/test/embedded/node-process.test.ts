import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NodeSettings } from '../../src/embedded/config.ts'
import { NodeProcess } from '../../src/embedded/node-process.ts'
import { waitForNode } from '../../src/embedded/readiness.ts'
import { Supervisor } from '../../src/embedded/supervisor.ts'
import { findRelease } from '../../src/embedded/version.ts'
import { ScriptedServer } from '../../src/index.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const never = new AbortController().signal

describe('NodeProcess', () => {
  it('writes its files for this user only, the password of JMX among them', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    const node = makeNode(supervisor, '/bin/true', { jmxPort: 1 })
    await node.prepare()
    const conf = join(node.settings.directory, 'conf')
    const names = ['cassandra-rackdc.properties', 'cassandra.yaml', 'jmx.access', 'jmx.password', 'logback.xml']
    expect((await readdir(conf)).sort()).toStrictEqual(names)
    for (const name of names) expect((await stat(join(conf, name))).mode & 0o777).toBe(0o600)
    expect((await stat(conf)).mode & 0o777).toBe(0o700)
  })

  it.each([
    ['EMBEDDED_PORT_TAKEN', 'Failed to bind port 1 on 127.0.0.1.', /port 1 or 2 is in use on 127\.0\.0\.1/],
    ['EMBEDDED_PORT_TAKEN', '/127.0.0.1:2 is in use by another process.', /did not start/],
    ['EMBEDDED_DISK_FULL', 'java.io.IOException: No space left on device', /no space left in .*node1/],
    [
      'EMBEDDED_ADDRESS_UNAVAILABLE',
      'java.net.BindException: Cannot assign requested address',
      /no address 127\.0\.0\.1/,
    ],
  ])('makes one line with %s of a log that ends with "%s"', async (code, line, message) => {
    await using folder = await TemporaryFolder.make()
    const error = await startFailing(folder, `echo '${line}'; echo 'at x.y'; exit 3`)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('\n')
  })

  it('quotes the end of the log for all else', async () => {
    await using folder = await TemporaryFolder.make()
    const error = await startFailing(folder, 'for i in $(seq 1 40); do echo "line $i"; done; exit 100')
    expect(error).toMatchObject({ code: 'EMBEDDED_NODE_EXITED' })
    const text = String(error)
    expect(text).toContain('Cassandra 4.0.18 on 127.0.0.1:1 ended with code 100 before it was ready')
    expect(text).toContain('line 16\n')
    expect(text).not.toContain('line 15\n')
    expect(text.endsWith('line 40')).toBe(true)
  })

  it('tells of a signal that ended it', async () => {
    await using folder = await TemporaryFolder.make()
    const error = await startFailing(folder, 'kill -KILL $$')
    expect(String(error)).toContain('ended by SIGKILL')
  })

  it('kills what it started, and does nothing when there is nothing', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    const node = makeNode(supervisor, await folder.script('java', 'exec sleep 600'))
    await node.kill()
    expect(node.pid).toBe(null)
    await node.prepare()
    await node.spawn()
    expect(node.pid).toBeGreaterThan(1)
    await node.kill()
    expect(node.exit).toStrictEqual({ exitCode: null, signal: 'SIGKILL' })
    expect(await node.readLogTail()).toBe('')
  })
})

describe('waitForNode', () => {
  it('waits for an answer to a query and not for an open port', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    await using server = await ScriptedServer.start()
    const gate = server.hold(/system\.local/)
    const node = makeNode(supervisor, '', { nativePort: server.port })
    let isReady = false
    const ready = waitForNode(node, {
      credentials: undefined,
      deadlineMs: performance.now() + 5_000,
      signal: never,
    }).then(() => {
      isReady = true
    })
    await gate.arrived()
    expect(isReady).toBe(false)
    gate.release()
    await ready
  })

  it('says what the last look gave when the time is over', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    await using server = await ScriptedServer.start({ auth: () => false })
    const node = makeNode(supervisor, '', { nativePort: server.port })
    const credentials = { username: 'cassandra', password: 'cassandra' }
    await expect(waitForNode(node, { credentials, deadlineMs: 0, signal: never })).rejects.toMatchObject({
      code: 'EMBEDDED_START_TIMED_OUT',
      message: expect.stringMatching(/was not ready in time; the last look gave: .*incorrect/),
    })
  })

  it('ends with the reason of the signal', async () => {
    await using folder = await TemporaryFolder.make()
    await using supervisor = await Supervisor.start(folder.path, 'x-')
    const node = makeNode(supervisor, '')
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(waitForNode(node, { credentials: undefined, deadlineMs: 0, signal })).rejects.toThrow('enough')
  })
})

/** A node whose java is a script that ends, and why that is. */
async function startFailing(folder: TemporaryFolder, lines: string): Promise<unknown> {
  await using supervisor = await Supervisor.start(folder.path, 'x-')
  const node = makeNode(supervisor, await folder.script('java', lines))
  await node.prepare()
  await node.spawn()
  const deadlineMs = performance.now() + 10_000
  return await waitForNode(node, { credentials: undefined, deadlineMs, signal: never }).catch((error: unknown) => error)
}

function makeNode(supervisor: Supervisor, java: string, changes: Partial<NodeSettings> = {}): NodeProcess {
  const settings: NodeSettings = {
    release: findRelease('4.0'),
    clusterName: 'C',
    dataCenter: 'dc1',
    host: '127.0.0.1',
    nativePort: 1,
    storagePort: 2,
    seeds: ['127.0.0.1:2'],
    initialToken: 0n,
    hasAuth: false,
    heapMb: 256,
    directory: join(supervisor.directory, 'node1'),
    jmxPort: null,
    yaml: {},
    ...changes,
  }
  return new NodeProcess(settings, { supervisor, java: { path: java, version: '17' }, jars: [], jmxPassword: 'secret' })
}

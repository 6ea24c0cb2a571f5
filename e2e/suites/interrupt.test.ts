import { once } from 'node:events'
import { connect } from 'node:net'
import { eventually } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { processesOf } from '../support/processes.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'
import { ZdmProcess } from '../support/zdm-process.ts'

// What a watchdog needs to see that its process is gone, to kill what it guards and to remove its folder.
const GONE_WITHIN = { timeoutMs: 15_000, everyMs: 100 }

describe('zdm demo, interrupted', () => {
  it('leaves nothing behind after Ctrl-C while the clusters start', async () => {
    await using folder = await TemporaryFolder.make()
    await using zdm = new ZdmProcess(demo(folder), folder.path)
    await zdm.said('Start origin and target')
    await eventually(async () => (await processesOf(folder.path)).length > 3, { timeoutMs: 30_000 })
    zdm.signal('SIGINT')
    const { exitCode, stderr, stdout } = await zdm.ended()
    expect(exitCode).toBe(130)
    expect(stdout).toMatch(/^zdm demo: .*\n$/)
    expect(stderr).toContain('SHUTDOWN_REQUESTED: stopping because SIGINT was received')
    await expectNothingLeft(folder)
  })

  it('leaves nothing behind after Ctrl-C in phase 3, with the proxy and the traffic running', async () => {
    await using folder = await TemporaryFolder.make()
    await using zdm = new ZdmProcess(demo(folder), folder.path)
    await zdm.said('Phase 3')
    zdm.signal('SIGINT')
    const { exitCode, stderr } = await zdm.ended()
    expect(exitCode).toBe(130)
    await expectNothingLeft(folder)
    const ports = [...stderr.matchAll(/port (\d+)/g)].map(([, port]) => Number(port))
    expect(new Set(ports).size).toBe(3)
    for (const port of ports) await expect(opens(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('ends at once at the second Ctrl-C, and its watchdogs clean up', async () => {
    await using folder = await TemporaryFolder.make()
    await using zdm = new ZdmProcess(demo(folder), folder.path)
    await zdm.said('Create the keyspace')
    zdm.signal('SIGINT')
    await zdm.said('Stopping')
    zdm.signal('SIGINT')
    expect((await zdm.ended()).exitCode).toBe(130)
    await expectNothingLeft(folder)
  })

  it('leaves nothing behind when it is killed with -9', async () => {
    await using folder = await TemporaryFolder.make()
    await using zdm = new ZdmProcess(demo(folder), folder.path)
    await eventually(async () => (await processesOf(folder.path)).length > 3, { timeoutMs: 30_000 })
    zdm.signal('SIGKILL')
    await zdm.ended()
    await expectNothingLeft(folder)
  })
})

function demo(folder: TemporaryFolder): string[] {
  return ['demo', '--phase-seconds', '1', '--out', `${folder.path}/out`]
}

async function expectNothingLeft(folder: TemporaryFolder): Promise<void> {
  await eventually(async () => (await processesOf(folder.path)).length === 0, GONE_WITHIN)
  expect(await folder.list()).toStrictEqual([])
}

async function opens(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

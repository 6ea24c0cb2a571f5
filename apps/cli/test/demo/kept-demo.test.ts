import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertNothingKept, endKeptDemo, keptFileIn, keptLines, rememberKept } from '../../src/demo/kept-demo.ts'
import type { KeptPart } from '../../src/migration/report.ts'
import { exampleReport } from '../support/example-report.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const PARTS: readonly KeptPart[] = [
  { what: 'proxy', provider: 'proxy', handle: '1 1 /p' },
  { what: 'origin', provider: 'embedded', handle: '2 2 /o' },
  { what: 'target', provider: 'embedded', handle: '3 3 /t' },
]

const PROXY = {
  ...{ host: '127.0.0.1', port: 20_000, metricsUrl: 'http://127.0.0.1:20001/metrics' },
  ...{ adminUrl: 'http://127.0.0.1:20002', tokenFile: '/p/admin-token' },
}
const KEPT = exampleReport({ kept: { proxy: PROXY, parts: PARTS } })

describe('a kept demo', () => {
  it('is written down for this user only, and ended by another process in order', async () => {
    using folder = new TemporaryFolder()
    await assertNothingKept(folder.path)
    await rememberKept(folder.path, KEPT)
    expect(statSync(keptFileIn(folder.path)).mode & 0o777).toBe(0o600)
    await expect(assertNothingKept(folder.path)).rejects.toMatchObject({ code: 'DEMO_ALREADY_KEPT' })

    const asked: KeptPart[] = []
    const result = await endKeptDemo(folder.path, async (part) => {
      asked.push(part)
      return part.what !== 'target'
    })
    expect(asked).toStrictEqual(PARTS)
    expect(result).toStrictEqual({ ended: ['proxy', 'origin'], gone: ['target'] })
    expect(await endKeptDemo(folder.path)).toBeNull()
    await assertNothingKept(folder.path)
  })

  it('keeps the file when something could not be ended, so that it can be tried again', async () => {
    using folder = new TemporaryFolder()
    await rememberKept(folder.path, KEPT)
    await expect(endKeptDemo(folder.path, () => Promise.reject(new Error('stuck')))).rejects.toThrow('stuck')
    expect(JSON.parse(readFileSync(keptFileIn(folder.path), 'utf8'))).toMatchObject({ parts: PARTS })
  })

  it('ends nothing for handles whose processes are gone', async () => {
    using folder = new TemporaryFolder()
    const gone = `${process.pid} 1 ${join(folder.path, 'gone')}`
    const parts = PARTS.map((part) => ({ ...part, handle: gone }))
    await rememberKept(folder.path, exampleReport({ kept: { proxy: PROXY, parts } }))
    expect(await endKeptDemo(folder.path)).toStrictEqual({ ended: [], gone: ['proxy', 'origin', 'target'] })
  })

  it('leaves no file for a demo that was not kept', async () => {
    using folder = new TemporaryFolder()
    await rememberKept(folder.path, exampleReport())
    expect(existsSync(keptFileIn(folder.path))).toBe(false)
    expect(keptLines(exampleReport(), folder.path)).toStrictEqual([])
  })

  it('says how to reach each part and how to end it', () => {
    expect(keptLines(KEPT, '/elsewhere').join('\n')).toMatchInlineSnapshot(`
      "Left running:
        origin  DSE_Cluster: 127.0.0.1 port 20010, local data center dc1; cqlsh 127.0.0.1 20010
        target  HCD_Cluster: 127.0.0.1 port 20020, local data center datacenter1; cqlsh 127.0.0.1 20020
        proxy   127.0.0.1 port 20000, local data center dc1; cqlsh 127.0.0.1 20000
                metrics http://127.0.0.1:20001/metrics
                routing http://127.0.0.1:20002/api/v1/routing with the token in /p/admin-token
                ./zdm routing get --admin-url http://127.0.0.1:20002 --token-file /p/admin-token
      End it: ./zdm demo stop --out /elsewhere
      "
    `)
  })
})

import { readFile } from 'node:fs/promises'
import type { MigrationReport } from '@zdmkit/cli'
import { describe, expect, it } from 'vitest'
import { connect } from '../support/cluster-pair.ts'
import { processesOf } from '../support/processes.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'
import { ZdmProcess } from '../support/zdm-process.ts'

// A second is promised, on a machine that runs nothing else; this one runs the tests.
const FIRST_OUTPUT_MS_MAX = 2_500

describe('zdm demo --keep', () => {
  it('exits 0, leaves the clusters and the proxy running, and says how to reach them; zdm demo stop ends them', async () => {
    await using folder = await TemporaryFolder.make()
    const out = `${folder.path}/out`
    await using zdm = new ZdmProcess(['demo', '--keep', '--phase-seconds', '1', '--out', out], folder.path)
    const { exitCode, stdout, stderr } = await zdm.ended()
    expect(stderr).toContain('Phase 5: target as primary')
    expect(exitCode).toBe(0)
    expect(zdm.firstOutputMs).toBeLessThan(FIRST_OUTPUT_MS_MAX)
    expect(stdout).toContain('OK: ')

    const { kept, origin, target } = JSON.parse(await readFile(`${out}/report.json`, 'utf8')) as MigrationReport
    if (kept === null) throw new Error('nothing was kept')
    for (const [line, { name, port, dataCenter }] of [
      ['origin', origin],
      ['target', target],
    ] as const) {
      const said = `${line}  ${name}: 127.0.0.1 port ${port}, local data center ${dataCenter}; cqlsh 127.0.0.1 ${port}`
      expect(stdout).toContain(said)
      const client = await connect({ contactPoints: ['127.0.0.1'], port, dataCenter })
      const { rows } = await client.execute('SELECT cluster_name FROM system.local')
      expect(rows[0]?.['cluster_name']).toBe(name)
      await client.shutdown()
    }
    const [, proxyPort, dataCenter = ''] = /proxy +127\.0\.0\.1 port (\d+), local data center (\w+)/.exec(stdout) ?? []
    expect(Number(proxyPort)).toBe(kept.proxy.port)
    const client = await connect({ contactPoints: ['127.0.0.1'], port: kept.proxy.port, dataCenter })
    const { rows } = await client.execute('SELECT COUNT(*) FROM training.users')
    expect(Number(rows[0]?.['count'])).toBeGreaterThanOrEqual(1_000)
    await client.shutdown()
    const admin = ['--admin-url', kept.proxy.adminUrl, '--token-file', kept.proxy.tokenFile]
    const routing = await ZdmProcess.run(['routing', 'set', ...admin, '--target-read-percent', '50'], folder.path)
    expect(JSON.parse(routing.stdout)).toMatchObject({ primary: 'target', targetReadPercent: 50, settled: true })

    const second = await ZdmProcess.run(['demo', '--keep', '--out', out], folder.path)
    expect(second.exitCode).toBe(1)
    expect(second.stderr).toContain('DEMO_ALREADY_KEPT')

    const stopped = await ZdmProcess.run(['demo', 'stop', '--out', out], folder.path)
    expect(stopped).toMatchObject({ exitCode: 0, stdout: 'Ended: proxy, origin, target\n' })
    expect(await processesOf(folder.path)).toStrictEqual([])
    expect(await folder.list()).toStrictEqual(['out'])
    const again = await ZdmProcess.run(['demo', 'stop', '--out', out], folder.path)
    expect(again).toMatchObject({ exitCode: 0, stdout: `Nothing to stop: no demo was kept in ${out}\n` })
  })
})

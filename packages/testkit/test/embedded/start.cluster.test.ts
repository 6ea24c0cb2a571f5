import { access, stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { embeddedProvider, eventually } from '../../src/index.ts'
import { findListeners, isAlive } from '../support/processes.ts'

describe('EmbeddedCassandra', () => {
  it('starts an origin of 4.0 and a target of 5.0 side by side, and leaves nothing', async () => {
    const provider = embeddedProvider()
    const lines: string[] = []
    const onProgress = (line: string): void => void lines.push(line)
    const [origin, target] = await Promise.all([
      provider.start({ role: 'origin', clusterName: 'DSE_Cluster', dataCenter: 'dc1', version: '4.0' }, { onProgress }),
      provider.start({ role: 'target', clusterName: 'HCD_Cluster', dataCenter: 'datacenter1', version: '5.0' }),
    ])
    const clusters = [origin, target]
    try {
      expect(clusters.map((cluster) => cluster.releaseVersion)).toStrictEqual(['4.0.18', '5.0.5'])
      expect(clusters.map((cluster) => cluster.dataCenter)).toStrictEqual(['dc1', 'datacenter1'])
      for (const { nodes } of clusters) {
        // For clients and for other nodes: no JMX.
        for (const { pid } of nodes) expect(await findListeners(pid)).toHaveLength(2)
      }
      expect((await stat(origin.directory)).mode & 0o777).toBe(0o700)
      expect(lines.at(-1)).toMatch(/^Cassandra 4\.0\.18 \(DSE_Cluster\): ready after \d+\.\d s$/)
    } finally {
      await Promise.all(clusters.map((cluster) => cluster.stop()))
    }
    for (const cluster of clusters) {
      await expect(access(cluster.directory)).rejects.toMatchObject({ code: 'ENOENT' })
      for (const { pid } of cluster.nodes) await eventually(async () => !(await isAlive(pid)))
    }
  })
})

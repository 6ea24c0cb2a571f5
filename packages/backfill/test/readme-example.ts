import { runBackfill } from '@zdmkit/backfill'
import { Cluster, type ClusterAddress } from '@zdmkit/cluster'

/** Copies the tables of a keyspace while the proxy writes to both clusters, and gives the tables that are not done. */
export async function copyKeyspace(
  addresses: { origin: ClusterAddress; target: ClusterAddress },
  proxy: { adminUrl: string; token: string },
  what: { keyspace: string; checkpointFile: string },
): Promise<string[]> {
  await using origin = await Cluster.connect(addresses.origin)
  await using target = await Cluster.connect(addresses.target)
  const report = await runBackfill({
    origin,
    target,
    ...what,
    gate: { ...proxy, deadlineMs: 30_000 },
    rateLimitRows: 20_000,
  })
  return report.tables.filter(({ rangesDone, rangesTotal }) => rangesDone < rangesTotal).map(({ table }) => table)
}

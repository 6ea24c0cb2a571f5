import { Cluster, type ClusterAddress, formatKey, scanTable, splitRing } from '@zdmkit/cluster'

/** Says for every row of a table where it is and when its newest cell was written. */
export async function listNewest(address: ClusterAddress, keyspace: string, name: string): Promise<string[]> {
  await using cluster = await Cluster.connect(address)
  const table = await cluster.readTable(keyspace, name)
  const lines: string[] = []
  for await (const rows of scanTable(cluster, table, { ranges: splitRing(4), writeTimes: true })) {
    for (const row of rows) {
      const newest = row.writeTimes.reduce(
        (latest, time) => (time !== null && time > (latest ?? 0n) ? time : latest),
        null,
      )
      lines.push(`${formatKey(table, row)}: ${newest ?? 'no readable write time'}`)
    }
  }
  return lines
}

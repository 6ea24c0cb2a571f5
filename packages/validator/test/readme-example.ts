import type { ClusterAddress } from '@zdmkit/cluster'
import { reportLines, runValidation } from '@zdmkit/validator'

/** Compares every table of keyspace `training` and prints what differs. */
export async function areEqual(origin: ClusterAddress, target: ClusterAddress): Promise<boolean> {
  const report = await runValidation({ origin, target, keyspace: 'training', splits: 4, recheckDelayMs: 100 })
  for (const line of reportLines(report)) console.log(line)
  return report.equal
}

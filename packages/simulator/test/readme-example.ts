import { Cluster, type ClusterAddress } from '@zdmkit/cluster'
import { startSimulation, verifyLedger } from '@zdmkit/simulator'

/** Sends traffic for a second and says which acknowledged writes the cluster does not show. */
export async function listLostWrites(address: ClusterAddress): Promise<string[]> {
  const simulation = await startSimulation({ address, durationSeconds: 1, workers: 4, tables: 'all' })
  const { ledger, operations, failures, p99Ms } = await simulation.finished
  console.log(`${operations} operations, ${failures} failures, p99 ${p99Ms} ms`)
  await using origin = await Cluster.connect(address)
  const { verdicts } = await verifyLedger(ledger?.entries ?? [], { origin })
  return verdicts.map(({ text }) => text)
}

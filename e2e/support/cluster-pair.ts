// One pair of clusters for all tests of a file: starting them is what takes longest.

import { DEMO_ORIGIN, DEMO_TARGET } from '@zdmkit/cli'
import { type ClusterProvider, type ClusterSpec, embeddedProvider, type RunningCluster } from '@zdmkit/testkit'
import { Client } from 'cassandra-driver'

/** The demo's origin and target, as a provider that gives out the same two clusters again and again. */
export class ClusterPair implements ClusterProvider, AsyncDisposable {
  readonly name = 'embedded'
  readonly origin: RunningCluster
  readonly target: RunningCluster

  private constructor(origin: RunningCluster, target: RunningCluster) {
    this.origin = origin
    this.target = target
  }

  static async start(): Promise<ClusterPair> {
    const provider = embeddedProvider()
    const [origin, target] = await Promise.allSettled([provider.start(DEMO_ORIGIN), provider.start(DEMO_TARGET)])
    if (origin.status === 'fulfilled' && target.status === 'fulfilled')
      return new ClusterPair(origin.value, target.value)
    for (const side of [origin, target]) if (side.status === 'fulfilled') await side.value[Symbol.asyncDispose]()
    throw origin.status === 'rejected' ? origin.reason : (target as PromiseRejectedResult).reason
  }

  /** Gives out one of the two; disposing of it removes its data and leaves it running. */
  async start({ role }: ClusterSpec): Promise<RunningCluster> {
    const cluster = this[role]
    return {
      ...{ contactPoints: cluster.contactPoints, port: cluster.port, dataCenter: cluster.dataCenter },
      ...{ clusterName: cluster.clusterName, releaseVersion: cluster.releaseVersion, kind: cluster.kind },
      keep: () => Promise.reject(new Error('a shared cluster is not kept')),
      [Symbol.asyncDispose]: async () => {
        const client = await connect(cluster)
        await client.execute('DROP KEYSPACE IF EXISTS training')
        await client.shutdown()
      },
    }
  }

  endKept(): Promise<boolean> {
    return Promise.resolve(false)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.origin[Symbol.asyncDispose](), this.target[Symbol.asyncDispose]()])
  }
}

/** Where a driver connects to. */
export interface DriverAddress {
  readonly contactPoints: readonly string[]
  readonly port: number
  /** As the driver wants it; the proxy shows the origin's. */
  readonly dataCenter: string
}

/** The Node.js driver, connected as applications connect it. */
export async function connect({ contactPoints, port, dataCenter }: DriverAddress): Promise<Client> {
  const client = new Client({
    contactPoints: [...contactPoints],
    protocolOptions: { port },
    localDataCenter: dataCenter,
    monitorReporting: { enabled: false },
  })
  await client.connect()
  return client
}

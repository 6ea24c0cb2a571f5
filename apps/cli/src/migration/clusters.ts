import type { ClusterAddress } from '@zdmkit/cluster'
import type { RunningCluster } from '@zdmkit/testkit'
import type { MigrationOptions } from './options.ts'
import type { Say } from './steps.ts'

/** Both sides of a migration. */
export interface Pair<T> {
  readonly origin: T
  readonly target: T
}

/**
 * Starts both clusters at the same time; `stack` ends them. When one fails, the other's start is ended too and the first
 * failure is thrown.
 */
export async function startClusters(
  options: MigrationOptions,
  { stack, signal, say }: { stack: AsyncDisposableStack; signal: AbortSignal; say: Say },
): Promise<Pair<RunningCluster>> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const start = async (role: 'origin' | 'target'): Promise<RunningCluster> => {
    try {
      const cluster = await options.provider.start(options[role], { signal: either, onProgress: say })
      return stack.use(cluster)
    } catch (error) {
      failed.abort(error)
      throw error
    }
  }
  const [origin, target] = await Promise.allSettled([start('origin'), start('target')])
  if (failed.signal.aborted) throw failed.signal.reason
  if (origin.status === 'rejected') throw origin.reason
  if (target.status === 'rejected') throw target.reason
  return { origin: origin.value, target: target.value }
}

/** Where a running cluster is reached by tools and drivers. */
export function addressOf(cluster: RunningCluster): ClusterAddress {
  const { contactPoints, port, dataCenter, credentials } = cluster
  return { contactPoints, port, localDataCenter: dataCenter, ...(credentials ? { credentials } : {}) }
}

import { ClusterError, type ClusterErrorCode } from '@zdmkit/cluster'

/** How a write ended. `unknown`: no answer says whether it was applied, now, later or never. */
export type Outcome = 'applied' | 'rejected' | 'unknown'

/** Refusals that come before anything is written, on every cluster alike. */
const REJECTIONS: ReadonlySet<ClusterErrorCode> = new Set<ClusterErrorCode>([
  'CLUSTER_INVALID',
  'CLUSTER_UNAUTHORIZED',
  'CLUSTER_AUTH_FAILED',
  'CLUSTER_CLOSED',
])

/**
 * What a failed write may have done. UNAVAILABLE and OVERLOADED count as unknown too: behind a proxy that writes to two
 * clusters they are one cluster's word, and the other may have applied the write.
 */
export function outcomeOf(error: unknown): Exclude<Outcome, 'applied'> {
  return error instanceof ClusterError && REJECTIONS.has(error.code) ? 'rejected' : 'unknown'
}

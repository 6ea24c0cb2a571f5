import { ProxyError } from '../errors.ts'
import { clusterNames, type Side } from '../side.ts'

/** A cluster could not be connected to or did not answer; the message names it, as the transport's cannot. */
export class ClusterUnreachable extends ProxyError {
  override readonly name: string = 'ClusterUnreachable'
  readonly side: Side
  /** The message without the cluster's name. */
  readonly reason: string

  constructor(side: Side, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super('PROXY_CLUSTER_UNREACHABLE', `${clusterNames[side]}: ${reason}`, { cause })
    this.side = side
    this.reason = reason
  }
}

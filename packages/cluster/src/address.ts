import { ClusterError } from './errors.ts'

/** How a cluster is reached. */
export interface ClusterAddress {
  /** Host names or IP addresses, without ports. */
  readonly contactPoints: readonly string[]
  readonly port: number
  /** Null: that of the first contact point that answers. */
  readonly localDataCenter: string | null
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
}

/** @throws CLUSTER_BAD_ADDRESS when there is no contact point or the port is out of range */
export function checkAddress(address: ClusterAddress): void {
  if (address.contactPoints.length === 0 || address.contactPoints.some((host) => host === '')) {
    throw new ClusterError(
      'CLUSTER_BAD_ADDRESS',
      'a cluster address needs at least one contact point, and none may be empty',
    )
  }
  if (!Number.isInteger(address.port) || address.port < 1 || address.port > 65535) {
    throw new ClusterError('CLUSTER_BAD_ADDRESS', `cluster port ${address.port} is not between 1 and 65535`)
  }
}

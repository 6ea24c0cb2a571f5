/** Codes of {@link ClusterError}. */
export const clusterErrorCodes = [
  'CLUSTER_BAD_ADDRESS',
  'CLUSTER_NO_HOST',
  'CLUSTER_AUTH_FAILED',
  'CLUSTER_CLOSED',
  'CLUSTER_TIMEOUT',
  'CLUSTER_CONNECTION_LOST',
  'CLUSTER_UNAVAILABLE',
  'CLUSTER_OVERLOADED',
  'CLUSTER_REPLICA_FAILURE',
  'CLUSTER_UNAUTHORIZED',
  'CLUSTER_INVALID',
  'CLUSTER_SERVER_ERROR',
  'CLUSTER_UNKNOWN_KEYSPACE',
  'CLUSTER_UNKNOWN_TABLE',
  'CLUSTER_UNKNOWN_COLUMN',
  'CLUSTER_UNSUPPORTED_PARTITIONER',
  'CLUSTER_BAD_RANGE',
  'CLUSTER_BAD_RESULT',
] as const

export type ClusterErrorCode = (typeof clusterErrorCodes)[number]

/** A cluster could not be reached, refused something or answered what was not asked; `code` says which. */
export class ClusterError extends Error {
  override readonly name: string = 'ClusterError'
  readonly code: ClusterErrorCode

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const RETRYABLE: ReadonlySet<string> = new Set<ClusterErrorCode>([
  'CLUSTER_NO_HOST',
  'CLUSTER_TIMEOUT',
  'CLUSTER_CONNECTION_LOST',
  'CLUSTER_UNAVAILABLE',
  'CLUSTER_OVERLOADED',
  'CLUSTER_REPLICA_FAILURE',
])

/**
 * Whether the same request may succeed later. For a write this says nothing about whether it was applied: ask again only
 * with statements that may be applied twice.
 */
export function isRetryable(error: unknown): boolean {
  return error instanceof ClusterError && RETRYABLE.has(error.code)
}

/** The code under which an ERROR answer is filed (native protocol v4, section 9). */
export function codeOfServerError(serverCode: number): ClusterErrorCode {
  switch (serverCode) {
    case 0x1000:
      return 'CLUSTER_UNAVAILABLE'
    case 0x1001:
    case 0x1002:
      return 'CLUSTER_OVERLOADED'
    case 0x1100:
    case 0x1200:
      return 'CLUSTER_TIMEOUT'
    case 0x1300:
    case 0x1500:
      return 'CLUSTER_REPLICA_FAILURE'
    case 0x0100:
      return 'CLUSTER_AUTH_FAILED'
    case 0x2100:
      return 'CLUSTER_UNAUTHORIZED'
    case 0x2000:
    case 0x2200:
    case 0x2300:
    case 0x2400:
      return 'CLUSTER_INVALID'
    default:
      return 'CLUSTER_SERVER_ERROR'
  }
}

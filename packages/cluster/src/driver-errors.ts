import { errors } from 'cassandra-driver'
import { ClusterError, codeOfServerError } from './errors.ts'

/** A driver's error as ours: same cause, a code to branch on. Anything else is returned as it is. */
export function fromDriverError(error: unknown, doing: string): unknown {
  if (error instanceof errors.ResponseError) {
    const code = codeOfServerError(error.code)
    return new ClusterError(
      code,
      `${doing}: server error 0x${error.code.toString(16).padStart(4, '0')}: ${error.message}`,
      {
        cause: error,
      },
    )
  }
  if (error instanceof errors.NoHostAvailableError) return fromNoHost(error, doing)
  if (error instanceof errors.AuthenticationError) {
    return new ClusterError('CLUSTER_AUTH_FAILED', `${doing}: ${error.message}`, { cause: error })
  }
  if (error instanceof errors.OperationTimedOutError) {
    return new ClusterError('CLUSTER_TIMEOUT', `${doing}: ${error.message}`, { cause: error })
  }
  if (error instanceof errors.BusyConnectionError) {
    return new ClusterError('CLUSTER_OVERLOADED', `${doing}: ${error.message}`, { cause: error })
  }
  if (error instanceof errors.ArgumentError) {
    return new ClusterError('CLUSTER_BAD_ADDRESS', `${doing}: ${error.message}`, { cause: error })
  }
  return error
}

function fromNoHost(error: errors.NoHostAvailableError, doing: string): ClusterError {
  const inner = Object.entries((error.innerErrors ?? {}) as Record<string, unknown>)
  // The driver tries every host, also where the fault is the name of the data centre or the login.
  const has = (type: typeof errors.ArgumentError | typeof errors.AuthenticationError) =>
    inner.some(([, cause]) => cause instanceof type)
  const isAddress = has(errors.ArgumentError)
  const hosts = inner.map(([host, cause]) => `${host}: ${cause instanceof Error ? cause.message : String(cause)}`)
  return new ClusterError(
    isAddress ? 'CLUSTER_BAD_ADDRESS' : has(errors.AuthenticationError) ? 'CLUSTER_AUTH_FAILED' : 'CLUSTER_NO_HOST',
    `${doing}: no node answered${hosts.length > 0 ? ` (${hosts.join('; ')})` : ''}`,
    { cause: error },
  )
}

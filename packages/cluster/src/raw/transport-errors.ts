import { ServerError, TransportError, type TransportErrorCode } from '@zdmkit/transport'
import { ClusterError, type ClusterErrorCode, codeOfServerError } from '../errors.ts'

/** A transport's error as ours: same cause, a code to branch on. Anything else is returned as it is. */
export function fromTransportError(error: unknown, doing: string): unknown {
  if (error instanceof ServerError) {
    return new ClusterError(codeOfServerError(error.serverCode), `${doing}: ${error.message}`, { cause: error })
  }
  if (error instanceof TransportError) {
    return new ClusterError(CODES[error.code], `${doing}: ${error.message}`, { cause: error })
  }
  return error
}

const CODES: Readonly<Record<TransportErrorCode, ClusterErrorCode>> = {
  TRANSPORT_CONNECT_FAILED: 'CLUSTER_NO_HOST',
  TRANSPORT_TIMEOUT: 'CLUSTER_TIMEOUT',
  TRANSPORT_CONNECTION_LOST: 'CLUSTER_CONNECTION_LOST',
  TRANSPORT_NO_STREAM_ID: 'CLUSTER_OVERLOADED',
  TRANSPORT_AUTH_FAILED: 'CLUSTER_AUTH_FAILED',
  TRANSPORT_PROTOCOL: 'CLUSTER_BAD_RESULT',
  TRANSPORT_SERVER_ERROR: 'CLUSTER_SERVER_ERROR',
}

import {
  Consistency,
  ErrorCode,
  type ErrorMessage,
  encodeResponse,
  error,
  type ProtocolVersion,
} from '@zdmkit/protocol'

/** What an error frame of the proxy's making says beside its text. */
export interface ErrorFrameOptions {
  /** The request's consistency, for time-outs. */
  consistency?: number
  /** The request's kind of write, for WRITE_TIMEOUT. Never BATCH_LOG, which drivers repeat. */
  writeType?: 'SIMPLE' | 'UNLOGGED_BATCH' | 'CAS'
  /** The statement's id, for UNPREPARED. */
  id?: Buffer
}

/** An ERROR frame. `message` names the cluster and the reason; it holds no value of the request. */
export function errorFrame(
  version: number,
  stream: number,
  code: number,
  message: string,
  options: ErrorFrameOptions = {},
): Buffer {
  return encodeResponse(error, errorMessage(code, message, options), { version: version as ProtocolVersion, stream })
}

function errorMessage(code: number, message: string, options: ErrorFrameOptions): ErrorMessage {
  const consistency = (options.consistency ?? Consistency.ANY) as Consistency
  switch (code) {
    case ErrorCode.WRITE_TIMEOUT:
      return { code, message, consistency, received: 0, blockFor: 1, writeType: options.writeType ?? 'SIMPLE' }
    case ErrorCode.READ_TIMEOUT:
      return { code, message, consistency, received: 0, blockFor: 1, dataPresent: false }
    case ErrorCode.UNPREPARED:
      return { code, message, id: options.id ?? Buffer.alloc(0) }
    default:
      return { code, message } as ErrorMessage
  }
}

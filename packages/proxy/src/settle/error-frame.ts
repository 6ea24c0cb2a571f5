import {
  Consistency,
  ErrorCode,
  type ErrorMessage,
  encodeResponse,
  error,
  ProtocolVersion,
  type UnknownErrorCode,
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

/** Longest text of an error: what its [string] holds and a terminal shows. */
const MESSAGE_CHARS_MAX = 2000

/**
 * An ERROR frame of any code, so that a cluster's refusal can be passed on under its own. `message` names the cluster and the
 * reason; it holds no value of the request.
 */
export function errorFrame(
  version: number,
  stream: number,
  code: number,
  message: string,
  options: ErrorFrameOptions = {},
): Buffer {
  const text = message.length > MESSAGE_CHARS_MAX ? `${message.slice(0, MESSAGE_CHARS_MAX)}…` : message
  // v3 has no form for the errors that v4 brought.
  const sent = version === ProtocolVersion.V3 && SINCE_V4.has(code) ? ErrorCode.SERVER_ERROR : code
  return encodeResponse(error, errorMessage(sent, text, options), { version: version as ProtocolVersion, stream })
}

const SINCE_V4: ReadonlySet<number> = new Set([
  ErrorCode.READ_FAILURE,
  ErrorCode.WRITE_FAILURE,
  ErrorCode.FUNCTION_FAILURE,
])

/** Fields that a code has beside its text say as little as they can. */
function errorMessage(code: number, message: string, options: ErrorFrameOptions): ErrorMessage {
  const { writeType = 'SIMPLE', id = Buffer.alloc(0) } = options
  const consistency = knownConsistency(options.consistency)
  const answers = { message, consistency, received: 0, blockFor: 1 }
  const known = code as ErrorCode
  switch (known) {
    case ErrorCode.WRITE_TIMEOUT:
      return { code: known, ...answers, writeType }
    case ErrorCode.READ_TIMEOUT:
      return { code: known, ...answers, dataPresent: false }
    case ErrorCode.UNPREPARED:
      return { code: known, message, id }
    case ErrorCode.UNAVAILABLE:
      return { code: known, message, consistency, required: 1, alive: 0 }
    case ErrorCode.WRITE_FAILURE:
      return { code: known, ...answers, failures: 1, writeType }
    case ErrorCode.READ_FAILURE:
      return { code: known, ...answers, failures: 1, dataPresent: false }
    case ErrorCode.FUNCTION_FAILURE:
      return { code: known, message, keyspace: '', function: '', argumentTypes: [] }
    case ErrorCode.ALREADY_EXISTS:
      return { code: known, message, keyspace: '', table: '' }
    case ErrorCode.SERVER_ERROR:
    case ErrorCode.PROTOCOL_ERROR:
    case ErrorCode.BAD_CREDENTIALS:
    case ErrorCode.OVERLOADED:
    case ErrorCode.IS_BOOTSTRAPPING:
    case ErrorCode.TRUNCATE_ERROR:
    case ErrorCode.SYNTAX_ERROR:
    case ErrorCode.UNAUTHORIZED:
    case ErrorCode.INVALID:
    case ErrorCode.CONFIG_ERROR:
      return { code: known, message }
    default:
      return { code: known satisfies never as UnknownErrorCode, message, details: Buffer.alloc(0) }
  }
}

/** ANY where the request's own is none of the protocol's, which its cluster judges. */
function knownConsistency(level: number | undefined): Consistency {
  return Object.values(Consistency).find((known) => known === level) ?? Consistency.ANY
}

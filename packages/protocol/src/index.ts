export { ProtocolError, type ProtocolErrorCode, protocolErrorCodes } from './errors.ts'
export { encodeFrame, type Frame } from './frame/frame.ts'
export { BODY_BYTES_MAX, decodeHeader, type FrameHeader, HEADER_BYTES } from './frame/header.ts'
export { HeaderFlag } from './frame/header-flag.ts'
export { Opcode, opcodeName } from './frame/opcode.ts'
export { decodePrefix, encodePrefix, type ResponsePrefix } from './frame/prefix.ts'
export { type AuthChallenge, authChallenge } from './message/auth-challenge.ts'
export { type AuthResponse, authResponse } from './message/auth-response.ts'
export { type AuthSuccess, authSuccess } from './message/auth-success.ts'
export { type Authenticate, authenticate } from './message/authenticate.ts'
export { type Batch, type BatchStatement, type BatchType, batch } from './message/batch.ts'
export type { MessageCodec } from './message/codec.ts'
export type { ColumnSpec, GlobalTable } from './message/column-specs.ts'
export type { DataType, SimpleTypeKind } from './message/data-type.ts'
export {
  type EncodeRequestOptions,
  type EncodeResponseOptions,
  encodeRequest,
  encodeResponse,
} from './message/encode-message.ts'
export {
  type AlreadyExistsError,
  type ErrorMessage,
  error,
  type FunctionFailureError,
  type PlainError,
  type PlainErrorCode,
  type ReadFailureError,
  type ReadTimeoutError,
  type UnavailableError,
  type UnknownError,
  type UnknownErrorCode,
  type UnpreparedError,
  type WriteFailureError,
  type WriteTimeoutError,
} from './message/error.ts'
export { ErrorCode, errorCodeName } from './message/error-code.ts'
export {
  type Event,
  event,
  type SchemaChangeEvent,
  type StatusChangeEvent,
  type TopologyChangeEvent,
} from './message/event.ts'
export { type Execute, execute } from './message/execute.ts'
export { type Options, options } from './message/options.ts'
export { type Prepare, prepare } from './message/prepare.ts'
export type { PreparedMetadata } from './message/prepared-metadata.ts'
export { type Query, query } from './message/query.ts'
export type { BoundValue, QueryParameters } from './message/query-parameters.ts'
export { type Ready, ready } from './message/ready.ts'
export { type Register, register } from './message/register.ts'
export {
  type PreparedResult,
  type Result,
  type RowsResult,
  result,
  type SchemaChangeResult,
  type SetKeyspaceResult,
  type VoidResult,
} from './message/result.ts'
export { ResultKind } from './message/result-kind.ts'
export type { RowsMetadata } from './message/rows-metadata.ts'
export type { FunctionChange, KeyspaceChange, NamedChange, SchemaChange } from './message/schema-change.ts'
export { type Startup, startup } from './message/startup.ts'
export { type Supported, supported } from './message/supported.ts'
export { Consistency } from './primitive/consistency.ts'
export type { Inet } from './primitive/inet.ts'
export { Reader } from './primitive/reader.ts'
export { Writer } from './primitive/writer.ts'
export { isSupportedVersion, ProtocolVersion } from './version.ts'

// From src/walk/:
export { QueryFlag, RequestShape } from './walk/request-shape.ts'
export { messageOffset, pagingStateOffset } from './walk/response-prefix.ts'

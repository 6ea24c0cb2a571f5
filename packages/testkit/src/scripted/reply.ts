// What a scripted server answers: frames, bytes that are no frame, nothing, or the end of the connection.

import {
  authChallenge,
  authenticate,
  authSuccess,
  Consistency,
  type DataType,
  ErrorCode,
  type ErrorMessage,
  encodeFrame,
  encodePrefix,
  error,
  errorCodeName,
  type MessageCodec,
  type ProtocolVersion,
  type ResponsePrefix,
  type RowsMetadata,
  ready,
  result,
  type SchemaChange,
  supported,
} from '@zdmkit/protocol'
import { type CellValue, type ColumnInput, columnSpecs, encodeCell } from './cell.ts'

/** What the bytes of an answer depend on besides its content. */
export interface ReplyContext {
  version: ProtocolVersion
  /** The request's. */
  stream: number
  /** The request said that the answer need not describe its columns. */
  skipMetadata: boolean
}

/** An answer in a frame. */
export interface FrameReply {
  opcode: number
  /** The body, without the parts that flags announce. */
  encode(context: ReplyContext): Buffer
  /** Warnings, custom payload and tracing id that go before it. */
  prefix?: Partial<ResponsePrefix>
  /** Another stream than the request's. */
  stream?: number
  /** The connection ends after it. */
  thenClose?: boolean
}

/** Bytes that are written as they are: garbage, a frame of a test's own, half a frame. */
export interface RawReply {
  raw: Uint8Array
  /** The connection ends after it. */
  thenClose?: boolean
}

/** `silence`: never answered. `close`: the connection ends (FIN). `reset`: it is torn down (RST). */
export type Reply = FrameReply | RawReply | 'silence' | 'close' | 'reset'

/** The fields of an error besides code and text; those that are not given have plain values. */
export type ErrorDetails = Partial<{
  consistency: Consistency
  required: number
  alive: number
  received: number
  blockFor: number
  failures: number
  dataPresent: boolean
  writeType: string
  keyspace: string
  table: string
  function: string
  argumentTypes: string[]
  id: Buffer
}>

/** What rows are besides columns and cells. */
export interface RowsOptions {
  /** Default `ks`. */
  keyspace?: string
  /** Default `t`. */
  table?: string
  /** For the next page. */
  pagingState?: Buffer | null
}

/** What a PREPARE answers. */
export interface PreparedDescription {
  /** Default: one blob for each marker of the text. */
  variables?: readonly ColumnInput[]
  /** Places of the partition key's columns among the variables; v4 only. Default: the first variable, if any. */
  pkIndices?: readonly number[]
  /** Of the rows; default: `value blob` for a SELECT, none for others. */
  columns?: readonly ColumnInput[]
  /** Default: as the text says, else `ks`. */
  keyspace?: string
  /** Default: as the text says, else `t`. */
  table?: string
}

/** Any message as an answer. */
function message<T>(codec: MessageCodec<T>, content: T): FrameReply {
  return { opcode: codec.opcode, encode: ({ version }) => codec.encode(content, version) }
}

/** Rows; their columns are left out where the request allows it, as servers do. */
function rows(
  columns: readonly ColumnInput[],
  cells: readonly (readonly CellValue[])[],
  options: RowsOptions = {},
): FrameReply {
  const { keyspace = 'ks', table = 't', pagingState = null } = options
  const specs = columnSpecs(columns, keyspace, table)
  const blob: DataType = { kind: 'blob' }
  const encoded = cells.map((row) => row.map((cell, index) => encodeCell(cell, specs[index]?.type ?? blob)))
  const described: RowsMetadata = { columnCount: specs.length, pagingState, columns: specs }
  if (specs.length > 0) described.globalTable = { keyspace, table }
  return {
    opcode: result.opcode,
    encode({ version, skipMetadata }) {
      const bare: RowsMetadata = { columnCount: specs.length, pagingState, columns: null }
      return result.encode({ kind: 'rows', metadata: skipMetadata ? bare : described, rows: encoded }, version)
    },
  }
}

/** RESULT Prepared. */
function prepared(id: Buffer, description: Required<PreparedDescription>): FrameReply {
  const { keyspace, table, pkIndices } = description
  const variables = columnSpecs(description.variables, keyspace, table)
  const columns = columnSpecs(description.columns, keyspace, table)
  const globalTable = { keyspace, table }
  return {
    opcode: result.opcode,
    encode({ version }) {
      const content = {
        kind: 'prepared' as const,
        id,
        variables: {
          pkIndices: version >= 4 ? [...pkIndices] : [],
          columns: variables,
          ...(variables.length > 0 && { globalTable }),
        },
        metadata:
          columns.length > 0
            ? { columnCount: columns.length, pagingState: null, columns, globalTable }
            : { columnCount: 0, pagingState: null, columns: null },
      }
      return result.encode(content, version)
    },
  }
}

/** ERROR of any code. The text defaults to the code's name. */
function errorReply(code: ErrorCode, text: string = errorCodeName(code), details: ErrorDetails = {}): FrameReply {
  return message(error, errorMessage(code, text, details))
}

/** The same answer with warnings, a custom payload, a tracing id, on another stream or as the last of its connection. */
function change(
  original: FrameReply,
  changes: Partial<ResponsePrefix> & { stream?: number; thenClose?: boolean },
): FrameReply {
  const { stream, thenClose, ...prefix } = changes
  return {
    ...original,
    prefix: { ...original.prefix, ...prefix },
    ...(stream !== undefined && { stream }),
    ...(thenClose !== undefined && { thenClose }),
  }
}

/** Every kind of answer. `reply.void()`, `reply.rows(['id uuid'], [[id]])`, `reply.error(ErrorCode.OVERLOADED)` … */
export const reply: {
  readonly message: typeof message
  readonly rows: typeof rows
  readonly prepared: typeof prepared
  readonly error: typeof errorReply
  readonly with: typeof change
  readonly void: () => FrameReply
  readonly setKeyspace: (keyspace: string) => FrameReply
  readonly schemaChange: (change: SchemaChange) => FrameReply
  readonly ready: () => FrameReply
  readonly supported: (options: Record<string, string[]>) => FrameReply
  readonly authenticate: (authenticator: string) => FrameReply
  readonly authChallenge: (token: Buffer | null) => FrameReply
  readonly authSuccess: (token: Buffer | null) => FrameReply
  readonly body: (opcode: number, body: Uint8Array) => FrameReply
  readonly raw: (bytes: Uint8Array, options?: { thenClose?: boolean }) => RawReply
} = {
  message,
  rows,
  prepared,
  error: errorReply,
  with: change,
  void: () => message(result, { kind: 'void' }),
  setKeyspace: (keyspace) => message(result, { kind: 'set_keyspace', keyspace }),
  schemaChange: (schemaChange) => message(result, { kind: 'schema_change', change: schemaChange }),
  ready: () => message(ready, {}),
  supported: (options) => message(supported, { options }),
  authenticate: (authenticator) => message(authenticate, { authenticator }),
  authChallenge: (token) => message(authChallenge, { token }),
  authSuccess: (token) => message(authSuccess, { token }),
  body: (opcode, body) => ({ opcode, encode: () => Buffer.from(body) }),
  raw: (bytes, options = {}) => ({ raw: bytes, ...options }),
}

/** The whole frame of an answer. */
export function encodeReply(answer: FrameReply, context: ReplyContext): Buffer {
  const { flags, bytes } = encodePrefix(answer.prefix ?? {})
  return encodeFrame({
    version: context.version,
    isResponse: true,
    flags,
    stream: answer.stream ?? context.stream,
    opcode: answer.opcode,
    body: Buffer.concat([bytes, answer.encode(context)]),
  })
}

function errorMessage(code: ErrorCode, text: string, details: ErrorDetails): ErrorMessage {
  const { consistency = Consistency.ONE, received = 0, blockFor = 1, failures = 1 } = details
  const { dataPresent = false, writeType = 'SIMPLE', keyspace = 'ks' } = details
  const answers = { message: text, consistency, received, blockFor }
  switch (code) {
    case ErrorCode.UNAVAILABLE:
      return { code, message: text, consistency, required: details.required ?? 1, alive: details.alive ?? 0 }
    case ErrorCode.WRITE_TIMEOUT:
      return { code, ...answers, writeType }
    case ErrorCode.READ_TIMEOUT:
      return { code, ...answers, dataPresent }
    case ErrorCode.READ_FAILURE:
      return { code, ...answers, failures, dataPresent }
    case ErrorCode.WRITE_FAILURE:
      return { code, ...answers, failures, writeType }
    case ErrorCode.FUNCTION_FAILURE:
      return {
        code,
        message: text,
        keyspace,
        function: details.function ?? 'f',
        argumentTypes: details.argumentTypes ?? [],
      }
    case ErrorCode.ALREADY_EXISTS:
      return { code, message: text, keyspace, table: details.table ?? '' }
    case ErrorCode.UNPREPARED:
      return { code, message: text, id: details.id ?? Buffer.alloc(16) }
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
      return { code, message: text }
  }
}

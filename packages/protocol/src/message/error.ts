import { ProtocolError } from '../errors.ts'
import { Opcode } from '../frame/opcode.ts'
import type { Consistency } from '../primitive/consistency.ts'
import type { Reader } from '../primitive/reader.ts'
import { ProtocolVersion } from '../version.ts'
import { defineMessage, type MessageCodec } from './codec.ts'
import { ErrorCode, errorCodeName } from './error-code.ts'

/** ERROR: why a request failed (native protocol v4, section 9). `code` tells which other fields there are. */
export type ErrorMessage =
  | PlainError
  | UnavailableError
  | WriteTimeoutError
  | ReadTimeoutError
  | ReadFailureError
  | FunctionFailureError
  | WriteFailureError
  | AlreadyExistsError
  | UnpreparedError
  | UnknownError

/** The codes whose errors are a text and nothing else. */
export type PlainErrorCode = (typeof ErrorCode)[
  | 'SERVER_ERROR'
  | 'PROTOCOL_ERROR'
  | 'BAD_CREDENTIALS'
  | 'OVERLOADED'
  | 'IS_BOOTSTRAPPING'
  | 'TRUNCATE_ERROR'
  | 'SYNTAX_ERROR'
  | 'UNAUTHORIZED'
  | 'INVALID'
  | 'CONFIG_ERROR']

export interface PlainError {
  code: PlainErrorCode
  message: string
}

export interface UnavailableError {
  code: typeof ErrorCode.UNAVAILABLE
  message: string
  consistency: Consistency
  /** Replicas the consistency needs. */
  required: number
  /** Replicas known to be alive. */
  alive: number
}

export interface WriteTimeoutError {
  code: typeof ErrorCode.WRITE_TIMEOUT
  message: string
  consistency: Consistency
  /** Replicas that answered. */
  received: number
  /** Replicas the consistency waits for. */
  blockFor: number
  /** `SIMPLE`, `BATCH`, `UNLOGGED_BATCH`, `COUNTER`, `BATCH_LOG`, `CAS`, `VIEW`, `CDC`. */
  writeType: string
}

export interface ReadTimeoutError {
  code: typeof ErrorCode.READ_TIMEOUT
  message: string
  consistency: Consistency
  /** Replicas that answered. */
  received: number
  /** Replicas the consistency waits for. */
  blockFor: number
  /** Whether the replica asked for the data was among them. */
  dataPresent: boolean
}

/** v4 only. */
export interface ReadFailureError {
  code: typeof ErrorCode.READ_FAILURE
  message: string
  consistency: Consistency
  /** Replicas that answered. */
  received: number
  /** Replicas the consistency waits for. */
  blockFor: number
  /** Replicas that failed. */
  failures: number
  /** Whether the replica asked for the data was among those that answered. */
  dataPresent: boolean
}

/** v4 only. */
export interface FunctionFailureError {
  code: typeof ErrorCode.FUNCTION_FAILURE
  message: string
  keyspace: string
  function: string
  /** As CQL types. */
  argumentTypes: string[]
}

/** v4 only. */
export interface WriteFailureError {
  code: typeof ErrorCode.WRITE_FAILURE
  message: string
  consistency: Consistency
  /** Replicas that answered. */
  received: number
  /** Replicas the consistency waits for. */
  blockFor: number
  /** Replicas that failed. */
  failures: number
  /** As in {@link WriteTimeoutError}. */
  writeType: string
}

export interface AlreadyExistsError {
  code: typeof ErrorCode.ALREADY_EXISTS
  message: string
  keyspace: string
  /** Empty when it is the keyspace that exists. */
  table: string
}

export interface UnpreparedError {
  code: typeof ErrorCode.UNPREPARED
  message: string
  /** The prepared id that the server does not know. */
  id: Buffer
}

/** A code that is not in {@link ErrorCode}. */
export interface UnknownError {
  code: UnknownErrorCode
  message: string
  /** The fields after the message, whatever they are. */
  details: Buffer
}

/**
 * Stands for every number that is not in {@link ErrorCode}: with `number` here, a comparison of `code` would narrow nothing. The
 * three are those that servers are known to send, of v5 (CDC_WRITE_FAILURE, CAS_WRITE_UNKNOWN) and DSE (CLIENT_WRITE_FAILURE).
 */
export type UnknownErrorCode = 0x1600 | 0x1700 | 0x8000

// <code int><message string><fields>
//   UNAVAILABLE: <consistency><required int><alive int>
//   WRITE_TIMEOUT: <consistency><received int><blockfor int><write_type string>
//   READ_TIMEOUT: <consistency><received int><blockfor int><data_present byte>
//   READ_FAILURE, v4: <consistency><received int><blockfor int><numfailures int><data_present byte>
//   FUNCTION_FAILURE, v4: <keyspace string><function string><arg_types string list>
//   WRITE_FAILURE, v4: <consistency><received int><blockfor int><numfailures int><write_type string>
//   ALREADY_EXISTS: <keyspace string><table string>
//   UNPREPARED: <id short bytes>
export const error: MessageCodec<ErrorMessage> = defineMessage({
  name: 'ERROR',
  opcode: Opcode.ERROR,
  isResponse: true,
  write(writer, message, version) {
    if (since(message.code) > version) {
      throw new ProtocolError('PROTOCOL_BAD_VALUE', `error ${errorCodeName(message.code)} needs protocol v4`)
    }
    writer.int(message.code)
    writer.string(message.message)
    if ('details' in message) {
      writer.raw(message.details)
      return
    }
    switch (message.code) {
      case ErrorCode.UNAVAILABLE:
        writer.consistency(message.consistency)
        writer.int(message.required)
        writer.int(message.alive)
        return
      case ErrorCode.WRITE_TIMEOUT:
      case ErrorCode.READ_TIMEOUT:
      case ErrorCode.READ_FAILURE:
      case ErrorCode.WRITE_FAILURE:
        writer.consistency(message.consistency)
        writer.int(message.received)
        writer.int(message.blockFor)
        if ('failures' in message) writer.int(message.failures)
        if ('writeType' in message) writer.string(message.writeType)
        else writer.byte(message.dataPresent ? 1 : 0)
        return
      case ErrorCode.FUNCTION_FAILURE:
        writer.string(message.keyspace)
        writer.string(message.function)
        writer.stringList(message.argumentTypes)
        return
      case ErrorCode.ALREADY_EXISTS:
        writer.string(message.keyspace)
        writer.string(message.table)
        return
      case ErrorCode.UNPREPARED:
        writer.shortBytes(message.id)
        return
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
    }
  },
  read(reader, version) {
    const code = reader.int()
    const message = reader.string()
    if (since(code) > version) throw reader.badValue(`error ${errorCodeName(code)} is not defined in v${version}`)
    switch (code) {
      case ErrorCode.UNAVAILABLE:
        return { code, message, consistency: reader.consistency(), required: reader.int(), alive: reader.int() }
      case ErrorCode.WRITE_TIMEOUT:
        return { code, message, ...readAnswers(reader), writeType: reader.string() }
      case ErrorCode.READ_TIMEOUT:
        return { code, message, ...readAnswers(reader), dataPresent: reader.byte() !== 0 }
      case ErrorCode.READ_FAILURE:
        return { code, message, ...readAnswers(reader), failures: reader.int(), dataPresent: reader.byte() !== 0 }
      case ErrorCode.FUNCTION_FAILURE:
        return {
          code,
          message,
          keyspace: reader.string(),
          function: reader.string(),
          argumentTypes: reader.stringList(),
        }
      case ErrorCode.WRITE_FAILURE:
        return { code, message, ...readAnswers(reader), failures: reader.int(), writeType: reader.string() }
      case ErrorCode.ALREADY_EXISTS:
        return { code, message, keyspace: reader.string(), table: reader.string() }
      case ErrorCode.UNPREPARED:
        return { code, message, id: reader.shortBytes() }
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
        return { code, message }
      default:
        return { code: code as UnknownErrorCode, message, details: reader.rest() }
    }
  },
})

function readAnswers(reader: Reader): { consistency: Consistency; received: number; blockFor: number } {
  return { consistency: reader.consistency(), received: reader.int(), blockFor: reader.int() }
}

function since(code: number): ProtocolVersion {
  const isFailure =
    code === ErrorCode.READ_FAILURE || code === ErrorCode.FUNCTION_FAILURE || code === ErrorCode.WRITE_FAILURE
  return isFailure ? ProtocolVersion.V4 : ProtocolVersion.V3
}

/** Codes of the ERROR message (native protocol v4, section 9); v3 lacks the three `_FAILURE` ones. */
export const ErrorCode: {
  readonly SERVER_ERROR: 0x0000
  readonly PROTOCOL_ERROR: 0x000a
  readonly BAD_CREDENTIALS: 0x0100
  readonly UNAVAILABLE: 0x1000
  readonly OVERLOADED: 0x1001
  readonly IS_BOOTSTRAPPING: 0x1002
  readonly TRUNCATE_ERROR: 0x1003
  readonly WRITE_TIMEOUT: 0x1100
  readonly READ_TIMEOUT: 0x1200
  readonly READ_FAILURE: 0x1300
  readonly FUNCTION_FAILURE: 0x1400
  readonly WRITE_FAILURE: 0x1500
  readonly SYNTAX_ERROR: 0x2000
  readonly UNAUTHORIZED: 0x2100
  readonly INVALID: 0x2200
  readonly CONFIG_ERROR: 0x2300
  readonly ALREADY_EXISTS: 0x2400
  readonly UNPREPARED: 0x2500
} = {
  SERVER_ERROR: 0x0000,
  PROTOCOL_ERROR: 0x000a,
  BAD_CREDENTIALS: 0x0100,
  UNAVAILABLE: 0x1000,
  OVERLOADED: 0x1001,
  IS_BOOTSTRAPPING: 0x1002,
  TRUNCATE_ERROR: 0x1003,
  WRITE_TIMEOUT: 0x1100,
  READ_TIMEOUT: 0x1200,
  READ_FAILURE: 0x1300,
  FUNCTION_FAILURE: 0x1400,
  WRITE_FAILURE: 0x1500,
  SYNTAX_ERROR: 0x2000,
  UNAUTHORIZED: 0x2100,
  INVALID: 0x2200,
  CONFIG_ERROR: 0x2300,
  ALREADY_EXISTS: 0x2400,
  UNPREPARED: 0x2500,
}
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode]

const names = new Map<number, string>(Object.entries(ErrorCode).map(([name, value]) => [value, name]))

/** The error code's name for messages and labels, `0x....` for one that is not in {@link ErrorCode}. */
export function errorCodeName(code: number): string {
  return names.get(code) ?? `0x${code.toString(16).padStart(4, '0')}`
}

/** Codes of {@link ProtocolError}. */
export const protocolErrorCodes = [
  /** Fewer than nine bytes where a header was to be read. */
  'PROTOCOL_HEADER_TRUNCATED',
  /** A length or a count reaches beyond the end of the body. */
  'PROTOCOL_BODY_TRUNCATED',
  /** Bytes are left where the message ends. */
  'PROTOCOL_BODY_TRAILING_BYTES',
  /** A negative length or count, or one that its field on the wire cannot hold. */
  'PROTOCOL_BAD_LENGTH',
  /** A value that the protocol version does not define, or that a field on the wire cannot hold. */
  'PROTOCOL_BAD_VALUE',
  /** A protocol version that is not spoken here. */
  'PROTOCOL_UNSUPPORTED_VERSION',
  /** A body longer than `BODY_BYTES_MAX`. */
  'PROTOCOL_FRAME_TOO_LARGE',
  /** A response where a request belongs, or the other way round. */
  'PROTOCOL_BAD_DIRECTION',
] as const

export type ProtocolErrorCode = (typeof protocolErrorCodes)[number]

/** Bytes that break the protocol, or a message that cannot be put into bytes; `code` says how. Never quotes bound values. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

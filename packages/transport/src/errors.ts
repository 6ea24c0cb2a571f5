/** Codes of {@link TransportError}. */
export const transportErrorCodes = [
  'TRANSPORT_CONNECT_FAILED',
  'TRANSPORT_TIMEOUT',
  'TRANSPORT_CONNECTION_LOST',
  'TRANSPORT_NO_STREAM_ID',
  'TRANSPORT_AUTH_FAILED',
  'TRANSPORT_PROTOCOL',
  'TRANSPORT_SERVER_ERROR',
] as const

export type TransportErrorCode = (typeof transportErrorCodes)[number]

/** A connection or a request on it failed; `code` says how. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The server answered with an ERROR message. `serverCode` is the protocol's error code (native protocol v4, section 9). */
export class ServerError extends TransportError {
  override readonly name: string = 'ServerError'
  readonly serverCode: number
  readonly serverMessage: string

  constructor(serverCode: number, serverMessage: string, context: string) {
    super(
      'TRANSPORT_SERVER_ERROR',
      `${context}: server error 0x${serverCode.toString(16).padStart(4, '0')}: ${serverMessage}`,
    )
    this.serverCode = serverCode
    this.serverMessage = serverMessage
  }
}

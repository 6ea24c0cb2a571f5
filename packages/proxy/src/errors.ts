/** Codes of {@link ProxyError}. */
export const proxyErrorCodes = [
  'PROXY_LISTEN_FAILED',
  'PROXY_ROUTING_BAD_VALUE',
  'PROXY_ROUTING_CONFLICT',
  'PROXY_LOGIN_REFUSED',
  'PROXY_CLUSTER_UNREACHABLE',
  'PROXY_TOO_MANY_GROUPS',
] as const

export type ProxyErrorCode = (typeof proxyErrorCodes)[number]

export class ProxyError extends Error {
  override readonly name: string = 'ProxyError'
  readonly code: ProxyErrorCode

  constructor(code: ProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

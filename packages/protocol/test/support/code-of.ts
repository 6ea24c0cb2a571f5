import { ProtocolError, type ProtocolErrorCode } from '@zdmkit/protocol'

/** The code of the ProtocolError that `act` throws, null when it returns; any other exception passes. */
export function codeOf(act: () => unknown): ProtocolErrorCode | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
}

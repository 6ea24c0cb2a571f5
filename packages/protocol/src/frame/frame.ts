import { ProtocolError } from '../errors.ts'
import { isSupportedVersion, type ProtocolVersion } from '../version.ts'
import { BODY_BYTES_MAX, HEADER_BYTES, tooLarge } from './header.ts'

/** A whole frame, its body already in bytes. */
export interface Frame {
  version: ProtocolVersion
  isResponse: boolean
  /** Bits of `HeaderFlag`; the body is as they say. */
  flags: number
  /** -32,768 to 32,767; clients use 0 and up, -1 is for events. */
  stream: number
  opcode: number
  body: Uint8Array
}

/**
 * Header and body as one new buffer.
 * @throws PROTOCOL_UNSUPPORTED_VERSION, PROTOCOL_FRAME_TOO_LARGE; PROTOCOL_BAD_VALUE when a field does not fit in the header.
 */
export function encodeFrame(frame: Frame): Buffer {
  const { version, isResponse, flags, stream, opcode, body } = frame
  if (!isSupportedVersion(version)) {
    throw new ProtocolError(
      'PROTOCOL_UNSUPPORTED_VERSION',
      `frames of protocol version ${version} are not written here`,
    )
  }
  if (body.length > BODY_BYTES_MAX) throw tooLarge(body.length, stream)
  requireWithin(flags, 0, 0xff, 'flags')
  requireWithin(stream, -0x8000, 0x7fff, 'stream')
  requireWithin(opcode, 0, 0xff, 'opcode')
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + body.length)
  buffer.writeUInt8(isResponse ? version | 0x80 : version, 0)
  buffer.writeUInt8(flags, 1)
  buffer.writeInt16BE(stream, 2)
  buffer.writeUInt8(opcode, 4)
  buffer.writeUInt32BE(body.length, 5)
  buffer.set(body, HEADER_BYTES)
  return buffer
}

function requireWithin(n: number, min: number, max: number, what: string): void {
  if (Number.isInteger(n) && n >= min && n <= max) return
  throw new ProtocolError('PROTOCOL_BAD_VALUE', `${what} ${n} is not an integer from ${min} to ${max}`)
}

import { ProtocolError } from '../errors.ts'

/** Bytes of a frame's header in v3 and v4. */
export const HEADER_BYTES: 9 = 9

/** Longest body that is accepted: 256 MiB, the servers' own cap (native protocol v4, section 2.5). */
export const BODY_BYTES_MAX: 268435456 = 268435456

/** A frame's header (native protocol v4, section 2). */
export interface FrameHeader {
  /** As on the wire, not judged: see `isSupportedVersion`. Below 3 the layout is another one and the rest means nothing. */
  version: number
  isResponse: boolean
  /** Bits of `HeaderFlag`. */
  flags: number
  /** -32,768 to 32,767; -1 for events. */
  stream: number
  opcode: number
  /** Length of the body that follows, 0 to `BODY_BYTES_MAX`. */
  bodyBytes: number
}

/**
 * <version byte><flags byte><stream short, signed><opcode byte><length int>
 * @throws PROTOCOL_HEADER_TRUNCATED when fewer than nine bytes follow `offset`.
 * @throws PROTOCOL_FRAME_TOO_LARGE when the length exceeds `BODY_BYTES_MAX` (a negative one does).
 */
export function decodeHeader(buffer: Buffer, offset: number = 0): FrameHeader {
  const available = buffer.length - offset
  if (offset < 0 || available < HEADER_BYTES) {
    throw new ProtocolError(
      'PROTOCOL_HEADER_TRUNCATED',
      `a frame header has ${HEADER_BYTES} bytes, ${Math.max(0, available)} are there at offset ${offset}`,
    )
  }
  const first = buffer.readUInt8(offset)
  const header: FrameHeader = {
    version: first & 0x7f,
    isResponse: first >= 0x80,
    flags: buffer.readUInt8(offset + 1),
    stream: buffer.readInt16BE(offset + 2),
    opcode: buffer.readUInt8(offset + 4),
    bodyBytes: buffer.readUInt32BE(offset + 5),
  }
  if (header.bodyBytes > BODY_BYTES_MAX) throw tooLarge(header.bodyBytes, header.stream)
  return header
}

/** The error for a body of `bodyBytes` on `stream`. */
export function tooLarge(bodyBytes: number, stream: number): ProtocolError {
  return new ProtocolError(
    'PROTOCOL_FRAME_TOO_LARGE',
    `frame body of ${bodyBytes} bytes exceeds the maximum of ${BODY_BYTES_MAX} (stream ${stream})`,
  )
}

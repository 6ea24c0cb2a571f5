import { ProtocolError } from '../errors.ts'
import { Reader } from '../primitive/reader.ts'
import { Writer } from '../primitive/writer.ts'
import { isSupportedVersion, type ProtocolVersion } from '../version.ts'

/** One message of the protocol, in both directions of the translation. */
export interface MessageCodec<T> {
  readonly opcode: number
  readonly isResponse: boolean
  /**
   * The message's body: without header, without the parts that a header's flags put before it.
   * @throws PROTOCOL_BAD_VALUE or PROTOCOL_BAD_LENGTH when the version or a field on the wire cannot hold a part of the message.
   */
  encode(message: T, version: ProtocolVersion): Buffer
  /**
   * The message in a body as `encode` makes it. Buffers in the message are views of `body`: who reuses those bytes decodes a copy.
   * @throws PROTOCOL_BODY_TRUNCATED, PROTOCOL_BODY_TRAILING_BYTES, PROTOCOL_BAD_LENGTH or PROTOCOL_BAD_VALUE when the bytes are
   * not exactly such a message.
   */
  decode(body: Buffer, version: ProtocolVersion): T
}

/** What a message file gives to {@link defineMessage}: the fields one after the other. */
export interface MessageFields<T> {
  /** For error messages. */
  name: string
  opcode: number
  isResponse: boolean
  write(writer: Writer, message: T, version: ProtocolVersion): void
  read(reader: Reader, version: ProtocolVersion): T
}

/** A codec over the fields: checks the version before and the end after them. */
export function defineMessage<T>(fields: MessageFields<T>): MessageCodec<T> {
  return {
    opcode: fields.opcode,
    isResponse: fields.isResponse,
    encode(message, version) {
      requireSupported(version, fields.name)
      const writer = new Writer()
      fields.write(writer, message, version)
      return writer.toBuffer()
    },
    decode(body, version) {
      requireSupported(version, fields.name)
      const reader = new Reader(body)
      const message = fields.read(reader, version)
      reader.finish(fields.name)
      return message
    },
  }
}

function requireSupported(version: number, name: string): void {
  if (isSupportedVersion(version)) return
  throw new ProtocolError('PROTOCOL_UNSUPPORTED_VERSION', `${name} has no codec for protocol version ${version}`)
}

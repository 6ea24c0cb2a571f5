import { ProtocolError } from '../errors.ts'
import { encodeFrame } from '../frame/frame.ts'
import { HeaderFlag } from '../frame/header-flag.ts'
import { opcodeName } from '../frame/opcode.ts'
import { encodePrefix, type ResponsePrefix } from '../frame/prefix.ts'
import { ProtocolVersion } from '../version.ts'
import type { MessageCodec } from './codec.ts'

export interface EncodeRequestOptions {
  version: ProtocolVersion
  stream: number
  /** `HeaderFlag.TRACING` asks for a trace. What `customPayload` needs is added. */
  flags?: number
  /** v4 only. */
  customPayload?: Record<string, Buffer | null>
}

export interface EncodeResponseOptions extends Partial<ResponsePrefix> {
  version: ProtocolVersion
  stream: number
  /** What the parts of the prefix need is added. */
  flags?: number
}

/**
 * A whole request frame, not compressed.
 * @throws PROTOCOL_BAD_DIRECTION when `codec` is a response's; PROTOCOL_BAD_VALUE when `flags` announce what is not given; and
 * what the codec and `encodeFrame` throw.
 */
export function encodeRequest<T>(codec: MessageCodec<T>, message: T, options: EncodeRequestOptions): Buffer {
  if (codec.isResponse) throw wrongDirection(codec.opcode, 'response', 'request')
  const flags = options.flags ?? 0
  // A request's tracing flag is a wish: the only one that stands for no bytes in the body.
  const prefix = encodePrefix({ customPayload: options.customPayload ?? null })
  return encodeMessage(codec, message, { ...options, flags, prefix, wish: flags & HeaderFlag.TRACING })
}

/**
 * A whole response frame, not compressed, with the prefix parts that are given. Events go on stream -1.
 * @throws PROTOCOL_BAD_DIRECTION when `codec` is a request's; PROTOCOL_BAD_VALUE when `flags` announce what is not given; and
 * what the codec and `encodeFrame` throw.
 */
export function encodeResponse<T>(codec: MessageCodec<T>, message: T, options: EncodeResponseOptions): Buffer {
  if (!codec.isResponse) throw wrongDirection(codec.opcode, 'request', 'response')
  return encodeMessage(codec, message, {
    ...options,
    flags: options.flags ?? 0,
    prefix: encodePrefix(options),
    wish: 0,
  })
}

interface Envelope {
  version: ProtocolVersion
  stream: number
  flags: number
  prefix: { flags: number; bytes: Buffer }
  /** Flags that may be set without bytes in the prefix. */
  wish: number
}

function encodeMessage<T>(codec: MessageCodec<T>, message: T, envelope: Envelope): Buffer {
  const { version, stream, prefix } = envelope
  const unbacked = envelope.flags & ~(prefix.flags | envelope.wish)
  if (unbacked !== 0) {
    throw new ProtocolError(
      'PROTOCOL_BAD_VALUE',
      `flags 0x${unbacked.toString(16)} of ${opcodeName(codec.opcode)} announce what the body does not carry`,
    )
  }
  const flags = envelope.flags | prefix.flags
  if (version < ProtocolVersion.V4 && flags & (HeaderFlag.CUSTOM_PAYLOAD | HeaderFlag.WARNING)) {
    throw new ProtocolError(
      'PROTOCOL_BAD_VALUE',
      `flags 0x${flags.toString(16)} of ${opcodeName(codec.opcode)} need protocol v4`,
    )
  }
  const content = codec.encode(message, version)
  const body = prefix.bytes.length === 0 ? content : Buffer.concat([prefix.bytes, content])
  return encodeFrame({ version, isResponse: codec.isResponse, flags, stream, opcode: codec.opcode, body })
}

function wrongDirection(opcode: number, is: string, belongs: string): ProtocolError {
  return new ProtocolError('PROTOCOL_BAD_DIRECTION', `${opcodeName(opcode)} is a ${is}, not a ${belongs}`)
}

import { decodePrefix, type MessageCodec, opcodeName, type ProtocolVersion, Reader } from '@zdmkit/protocol'
import { TransportError } from './errors.ts'
import type { ResponseFrame } from './exchange.ts'

/**
 * The message in an answer, behind its tracing id, warnings and custom payload.
 * @throws TRANSPORT_PROTOCOL when the bytes are not exactly such a message
 */
export function decodeAnswer<T>(
  codec: MessageCodec<T>,
  frame: Pick<ResponseFrame, 'flags' | 'body'>,
  from: { version: ProtocolVersion; peer: string },
): T {
  try {
    const reader = new Reader(frame.body)
    decodePrefix(frame.flags, reader)
    return codec.decode(reader.rest(), from.version)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    const what = `${opcodeName(codec.opcode)} that cannot be read`
    throw new TransportError('TRANSPORT_PROTOCOL', `${from.peer} sent ${what}: ${problem}`, { cause })
  }
}

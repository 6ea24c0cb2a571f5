import { encodeRequest, type MessageCodec, type ProtocolVersion } from '@zdmkit/protocol'
import type { ReceivedRequest } from '@zdmkit/testkit'

/** The frame of a message as a cluster should have got it in place of `received`: on the stream that the proxy chose. */
export function frameLike<T>(
  received: ReceivedRequest | undefined,
  codec: MessageCodec<T>,
  message: T,
  options: { flags?: number; customPayload?: Record<string, Buffer | null>; version?: ProtocolVersion } = {},
): Buffer {
  const { version = 4, ...rest } = options
  return encodeRequest(codec, message, { version, stream: received?.header.stream ?? -1, ...rest })
}

/** The default timestamp that a request carries. */
export function timestampOf(request: ReceivedRequest | undefined): bigint | undefined {
  if (request?.type === 'query' || request?.type === 'execute') return request.message.parameters.timestamp
  return request?.type === 'batch' ? request.message.timestamp : undefined
}

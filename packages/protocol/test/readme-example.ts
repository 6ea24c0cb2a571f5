import { Consistency, decodeHeader, encodeRequest, HEADER_BYTES, query } from '@zdmkit/protocol'

const frame = encodeRequest(
  query,
  {
    query: 'SELECT status FROM training.users WHERE user_id = ?',
    parameters: { consistency: Consistency.LOCAL_QUORUM, values: [Buffer.alloc(16)], pageSize: 100 },
  },
  { version: 4, stream: 7 },
)

const { stream, opcode, bodyBytes } = decodeHeader(frame)
const message = query.decode(frame.subarray(HEADER_BYTES, HEADER_BYTES + bodyBytes), 4)

export const seen: unknown = { stream, opcode, text: message.query, pageSize: message.parameters.pageSize }

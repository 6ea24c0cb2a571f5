import {
  decodeHeader,
  decodePrefix,
  encodeRequest,
  encodeResponse,
  type FrameHeader,
  HEADER_BYTES,
  HeaderFlag,
  type MessageCodec,
  type ProtocolVersion,
  Reader,
  type ResponsePrefix,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'

/** One frame, as bytes and as what they mean. */
export interface Golden {
  title: string
  header: FrameHeader
  frame: Buffer
  /** What the frame means. */
  content: Content
  /** The frame, made from `content`. */
  encode(): Buffer
  /** What `body` means, under this frame's header. */
  decode(body: Buffer): Content
  /** The frame, made from what `body` means. */
  recode(body: Buffer): Buffer
}

export interface Content {
  prefix: ResponsePrefix
  message: unknown
}

export interface GoldenRow<T> {
  title: string
  /** First bytes of the header, one frame each. */
  first: ('03' | '04' | '83' | '84')[]
  stream?: number
  /** Header flags that stand for no bytes of the body. */
  flags?: number
  prefix?: Partial<ResponsePrefix>
  value: T
  frame: (first: string) => Buffer
}

/** The goldens of one codec, one per row and version. */
export function goldens<T>(codec: MessageCodec<T>, rows: GoldenRow<T>[]): Golden[] {
  return rows.flatMap((row) =>
    row.first.map((first) => {
      const version: ProtocolVersion = first.endsWith('3') ? 3 : 4
      const frame = row.frame(first)
      const body = frame.subarray(HEADER_BYTES)
      const prefix = { tracingId: null, warnings: null, customPayload: null, ...row.prefix }
      const flags =
        (row.flags ?? 0) |
        (prefix.tracingId ? HeaderFlag.TRACING : 0) |
        (prefix.warnings ? HeaderFlag.WARNING : 0) |
        (prefix.customPayload ? HeaderFlag.CUSTOM_PAYLOAD : 0)
      const stream = row.stream ?? 1
      const isResponse = first.startsWith('8')
      const header = { version, isResponse, flags, stream, opcode: codec.opcode, bodyBytes: body.length }
      const encode = (content: { prefix: ResponsePrefix; message: T }): Buffer => {
        if (isResponse) return encodeResponse(codec, content.message, { version, stream, ...content.prefix })
        const { customPayload } = content.prefix
        return encodeRequest(codec, content.message, {
          version,
          stream,
          flags: row.flags ?? 0,
          ...(customPayload ? { customPayload } : {}),
        })
      }
      const decode = (bytes: Buffer): { prefix: ResponsePrefix; message: T } => {
        const reader = new Reader(bytes)
        const decoded = decodePrefix(isResponse ? flags : flags & HeaderFlag.CUSTOM_PAYLOAD, reader)
        return { prefix: decoded, message: codec.decode(reader.rest(), version) }
      }
      const content = { prefix, message: row.value }
      return {
        title: `v${version} ${row.title}`,
        header,
        frame,
        content,
        encode: () => encode(content),
        decode,
        recode: (bytes: Buffer) => encode(decode(bytes)),
      }
    }),
  )
}

/** Holds each golden against the codec, in both directions. */
export function describeGoldens(name: string, table: Golden[]): void {
  describe(name, () => {
    for (const golden of table) {
      it(`is these bytes: ${golden.title}`, () => {
        expect(decodeHeader(golden.frame)).toStrictEqual(golden.header)
        expect(golden.decode(golden.frame.subarray(HEADER_BYTES))).toStrictEqual(golden.content)
        expect(golden.encode().toString('hex')).toBe(golden.frame.toString('hex'))
        expect(golden.recode(golden.frame.subarray(HEADER_BYTES)).toString('hex')).toBe(golden.frame.toString('hex'))
      })
    }
  })
}

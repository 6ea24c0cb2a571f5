import type { Reader } from '../primitive/reader.ts'
import { Writer } from '../primitive/writer.ts'
import { HeaderFlag } from './header-flag.ts'

/** What a response's body carries before its message, as the header's flags say (native protocol v4, section 2.2). */
export interface ResponsePrefix {
  tracingId: string | null
  warnings: string[] | null
  customPayload: Record<string, Buffer | null> | null
}

/**
 * [<tracing id uuid>][<warnings string list>][<custom payload bytes map>]
 *
 * For responses: a request with the tracing flag carries no id. The payload's buffers are views. The body must not be compressed.
 * @throws PROTOCOL_BODY_TRUNCATED, PROTOCOL_BAD_VALUE
 */
export function decodePrefix(flags: number, reader: Reader): ResponsePrefix {
  return {
    tracingId: flags & HeaderFlag.TRACING ? reader.uuid() : null,
    warnings: flags & HeaderFlag.WARNING ? reader.stringList() : null,
    customPayload: flags & HeaderFlag.CUSTOM_PAYLOAD ? reader.bytesMap() : null,
  }
}

/** The bytes of the parts that are there, and the flags that say which. */
export function encodePrefix(prefix: Partial<ResponsePrefix>): { flags: number; bytes: Buffer } {
  const writer = new Writer()
  let flags = 0
  if (prefix.tracingId) {
    flags |= HeaderFlag.TRACING
    writer.uuid(prefix.tracingId)
  }
  if (prefix.warnings) {
    flags |= HeaderFlag.WARNING
    writer.stringList(prefix.warnings)
  }
  if (prefix.customPayload) {
    flags |= HeaderFlag.CUSTOM_PAYLOAD
    writer.bytesMap(prefix.customPayload)
  }
  return { flags, bytes: writer.toBuffer() }
}

// HOT PATH: answers are looked into only as far as needed; nothing is allocated.

const TRACING = 0x02
const CUSTOM_PAYLOAD = 0x04
const WARNING = 0x08
const RESULT = 8
const ROWS = 2
const HAS_MORE_PAGES = 0x0002

/**
 * Offset of the message behind tracing id, warnings and custom payload in the response frame at `buffer[start, end)`, or -1 when
 * these do not fit the frame (native protocol v4, section 2.2).
 */
export function messageOffset(buffer: Buffer, start: number, end: number): number {
  const flags = buffer[start + 1] as number
  let at = start + 9
  if ((flags & (TRACING | CUSTOM_PAYLOAD | WARNING)) === 0) return at
  if ((flags & TRACING) !== 0) at += 16
  if ((flags & WARNING) !== 0) {
    if (at + 2 > end) return -1
    const count = buffer.readUInt16BE(at)
    at += 2
    for (let i = 0; i < count; i++) {
      if (at + 2 > end) return -1
      at += 2 + buffer.readUInt16BE(at)
    }
  }
  if ((flags & CUSTOM_PAYLOAD) !== 0) {
    if (at + 2 > end) return -1
    const count = buffer.readUInt16BE(at)
    at += 2
    for (let i = 0; i < count; i++) {
      if (at + 2 > end) return -1
      at += 2 + buffer.readUInt16BE(at)
      if (at + 4 > end) return -1
      at += 4 + Math.max(0, buffer.readInt32BE(at))
    }
  }
  return at > end ? -1 : at
}

/**
 * Offset of the `[bytes]` paging state in a RESULT of rows that has more pages, or -1 in any other frame (native protocol v4,
 * section 4.2.5.2).
 */
export function pagingStateOffset(buffer: Buffer, start: number, end: number): number {
  if (buffer[start + 4] !== RESULT) return -1
  const at = (buffer[start + 1] as number) === 0 ? start + 9 : messageOffset(buffer, start, end)
  if (at < 0 || at + 16 > end || buffer[at + 3] !== ROWS) return -1
  return (buffer.readInt32BE(at + 4) & HAS_MORE_PAGES) === 0 ? -1 : at + 12
}

/** A piece of a request frame to be replaced: `bytes` in place of `[from, to)`. */
export interface Splice {
  from: number
  to: number
  bytes: Uint8Array
}

const HEADER_BYTES = 9

/** A new frame: that in `buffer[start, end)` with these pieces replaced (ascending, not overlapping) and its length set right. */
export function spliceFrame(buffer: Buffer, start: number, end: number, splices: readonly Splice[]): Buffer {
  let bytes = end - start
  for (const splice of splices) bytes += splice.bytes.length - (splice.to - splice.from)
  const frame = Buffer.allocUnsafe(bytes)
  let at = 0
  let from = start
  for (const splice of splices) {
    at += buffer.copy(frame, at, from, splice.from)
    frame.set(splice.bytes, at)
    at += splice.bytes.length
    from = splice.to
  }
  buffer.copy(frame, at, from, end)
  frame.writeInt32BE(bytes - HEADER_BYTES, 5)
  return frame
}

/** `text` as a `[long string]`. */
export function longString(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(4 + length)
  bytes.writeInt32BE(length, 0)
  bytes.write(text, 4)
  return bytes
}

/** `content` as `[short bytes]`. */
export function shortBytes(content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(2 + content.length)
  bytes.writeUInt16BE(content.length, 0)
  bytes.set(content, 2)
  return bytes
}

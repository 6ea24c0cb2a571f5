import { BODY_BYTES_MAX, encodeFrame, Opcode, ProtocolVersion } from '@zdmkit/protocol'
import { Framer } from '@zdmkit/transport'
import type { Bench } from './harness.ts'
import { executeWrite } from './sample-frames.ts'

const CHUNK_BYTES = 65_536
const FRAMES_PER_CHUNK = 400
const LARGE_BODY_BYTES = 16 * 1024 * 1024

/** One operation is one frame delivered. */
export const framerBenches: readonly Bench[] = [
  { name: 'framer: frame of 149 bytes, whole in a 64 KiB chunk', step: FRAMES_PER_CHUNK, run: wholeFrames() },
  { name: 'framer: frame of 149 bytes, cut in two chunks', run: cutFrames() },
  { name: 'framer: frame of 16 MiB in 64 KiB chunks', run: largeFrame() },
]

function makeFramer(): { framer: Framer; bytes: () => number } {
  let bytes = 0
  const framer = new Framer(
    {
      onFrame: (_buffer, start, end) => {
        bytes += end - start
      },
      acceptsVersion: (byte) => byte === ProtocolVersion.V4,
      onMalformed: (reason) => {
        throw new Error(`malformed: ${reason}`)
      },
    },
    BODY_BYTES_MAX,
    false,
  )
  return { framer, bytes: () => bytes }
}

function wholeFrames(): Bench['run'] {
  const { framer, bytes } = makeFramer()
  const frame = executeWrite()
  const chunk = Buffer.concat(Array.from({ length: FRAMES_PER_CHUNK }, () => frame))
  return (count) => {
    for (let done = 0; done < count; done += FRAMES_PER_CHUNK) framer.push(chunk)
    return bytes()
  }
}

function cutFrames(): Bench['run'] {
  const { framer, bytes } = makeFramer()
  const frame = executeWrite()
  const first = frame.subarray(0, 60)
  const second = frame.subarray(60)
  return (count) => {
    for (let i = 0; i < count; i++) {
      framer.push(first)
      framer.push(second)
    }
    return bytes()
  }
}

function largeFrame(): Bench['run'] {
  const { framer, bytes } = makeFramer()
  const body = Buffer.alloc(LARGE_BODY_BYTES)
  const frame = encodeFrame({ version: 4, isResponse: false, flags: 0, stream: 1, opcode: Opcode.QUERY, body })
  return (count) => {
    for (let i = 0; i < count; i++) {
      for (let at = 0; at < frame.length; at += CHUNK_BYTES) framer.push(frame.subarray(at, at + CHUNK_BYTES))
    }
    return bytes()
  }
}

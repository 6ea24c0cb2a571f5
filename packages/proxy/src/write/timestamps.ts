import { QueryFlag, type RequestShape } from '@zdmkit/protocol'

const HEADER_BYTES = 9
const TIMESTAMP_BYTES = 8

/** Write times in microseconds since the epoch, each later than the one before, whatever the clock does. */
export class MonotonicMicros {
  readonly #nowMs: () => number
  #last = 0n

  /** `nowMs`: wall time in ms since the epoch, with as many decimals as the clock gives. */
  constructor(nowMs: () => number = () => performance.timeOrigin + performance.now()) {
    this.#nowMs = nowMs
  }

  next(): bigint {
    const now = BigInt(Math.floor(this.#nowMs() * 1000))
    this.#last = now > this.#last ? now : this.#last + 1n
    return this.#last
  }
}

/**
 * The request in `buffer[start, end)` with a default timestamp, where it has none: both clusters store the same write time, and
 * `USING TIMESTAMP` in the text still wins on the server (native protocol v4, section 4.1.4: flag 0x20, the last field).
 */
export function withDefaultTimestamp(
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
  micros: bigint,
): Buffer {
  const frame = Buffer.allocUnsafe(end - start + TIMESTAMP_BYTES)
  buffer.copy(frame, 0, start, end)
  frame[shape.flagsAt - start] = shape.flags | QueryFlag.DEFAULT_TIMESTAMP
  frame.writeBigInt64BE(micros, end - start)
  frame.writeInt32BE(frame.length - HEADER_BYTES, 5)
  return frame
}

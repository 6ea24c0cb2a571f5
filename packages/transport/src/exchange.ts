import type { Channel } from './channel.ts'
import { TransportError } from './errors.ts'

const HEADER_BYTES = 9

/** One answer, copied off the connection. */
export interface ResponseFrame {
  version: number
  flags: number
  opcode: number
  body: Buffer
}

/**
 * Sends one whole request frame and waits for its answer. For set-up and tools; a proxy's requests use sinks of their own.
 * @throws TRANSPORT_TIMEOUT, TRANSPORT_CONNECTION_LOST, TRANSPORT_NO_STREAM_ID
 */
export function exchange(channel: Channel, frame: Buffer, timeoutMs: number): Promise<ResponseFrame> {
  return new Promise((resolve, reject) => {
    const stream = channel.reserve()
    if (stream < 0) {
      reject(
        channel.isClosed
          ? new TransportError('TRANSPORT_CONNECTION_LOST', `connection to ${channel.peer} is closed`)
          : new TransportError(
              'TRANSPORT_NO_STREAM_ID',
              `all ${channel.inFlight} streams to ${channel.peer} are in use`,
            ),
      )
      return
    }
    const timer = setTimeout(() => {
      channel.abandon(stream)
      reject(new TransportError('TRANSPORT_TIMEOUT', `no answer from ${channel.peer} within ${timeoutMs} ms`))
    }, timeoutMs)
    channel.send(
      stream,
      {
        onResponse(_channel, buffer, start, end) {
          clearTimeout(timer)
          resolve({
            version: (buffer[start] as number) & 0x7f,
            flags: buffer[start + 1] as number,
            opcode: buffer[start + 4] as number,
            body: Buffer.from(buffer.subarray(start + HEADER_BYTES, end)),
          })
        },
        onLost(_channel, error) {
          clearTimeout(timer)
          reject(error)
        },
      },
      frame,
      0,
      frame.length,
    )
  })
}

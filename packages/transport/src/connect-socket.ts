import { connect, type Socket } from 'node:net'
import { TransportError } from './errors.ts'

/** Read at most this much off a server's socket at a time; one buffer per connection is used again and again. */
const READ_BYTES = 65536

export interface ConnectSocketOptions {
  host: string
  port: number
  /** Milliseconds until the attempt is given up. */
  timeoutMs: number
  signal?: AbortSignal
  /** Each chunk read; the buffer is reused as soon as the call returns. */
  onData: (chunk: Buffer) => void
}

/**
 * Opens a TCP connection, without delay of small writes.
 * @throws TRANSPORT_CONNECT_FAILED when nobody answers there in time.
 */
export function connectSocket(options: ConnectSocketOptions): Promise<Socket> {
  const { host, port, timeoutMs } = options
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer,
        callback: (bytes: number) => {
          options.onData(buffer.subarray(0, bytes))
          return true
        },
      },
    })
    const fail = (reason: string, cause?: unknown): void => {
      finish()
      socket.on('error', () => {})
      socket.destroy()
      reject(new TransportError('TRANSPORT_CONNECT_FAILED', `cannot connect to ${host}:${port}: ${reason}`, { cause }))
    }
    const onError = (error: Error): void => fail(error.message, error)
    const onAbort = (): void => fail('given up', options.signal?.reason)
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs)
    function finish(): void {
      clearTimeout(timer)
      socket.off('error', onError)
      options.signal?.removeEventListener('abort', onAbort)
    }
    socket.once('error', onError)
    options.signal?.addEventListener('abort', onAbort, { once: true })
    if (options.signal?.aborted) onAbort()
    socket.once('connect', () => {
      finish()
      resolve(socket)
    })
  })
}

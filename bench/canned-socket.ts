import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/** A socket without a network: each write is handed to `onWrite` at once and counts as taken by the kernel. */
export class CannedSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 9042
  readonly writableLength = 0
  destroyed = false
  onWrite: (bytes: Buffer) => void = () => {}

  /** What the gatherer, the channel and the client connection use of a socket is all here. */
  get asSocket(): Socket {
    return this as unknown as Socket
  }

  write(bytes: Buffer, onWritten?: (error?: Error | null) => void): boolean {
    this.onWrite(bytes)
    onWritten?.()
    return true
  }

  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}

  destroySoon(): void {
    this.destroyed = true
  }

  destroy(): void {
    this.destroyed = true
  }
}

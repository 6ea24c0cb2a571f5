import { Socket } from 'node:net'

/** A socket without a network: each write is handed to `onWrite` at once and counts as taken by the kernel. */
export class CannedSocket extends Socket {
  onWrite: (bytes: Uint8Array) => void = () => {}

  override write(bytes: Uint8Array | string): boolean {
    if (typeof bytes !== 'string' && bytes.length > 0) this.onWrite(bytes)
    return true
  }

  override cork(): void {}
  override uncork(): void {}

  override pause(): this {
    return this
  }

  override resume(): this {
    return this
  }
}

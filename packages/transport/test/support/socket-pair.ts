import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Two ends of one connection over loopback. */
export class SocketPair implements Disposable {
  readonly near: Socket
  readonly far: Socket

  private constructor(near: Socket, far: Socket) {
    this.near = near
    this.far = far
    near.on('error', () => {})
    far.on('error', () => {})
  }

  static async open(): Promise<SocketPair> {
    const server = createServer({ pauseOnConnect: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const far = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const near = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, noDelay: true })
    const connected = new Promise<void>((resolve) => near.once('connect', resolve))
    const pair = new SocketPair(near, await far)
    await connected
    server.close()
    return pair
  }

  /** The next `count` bytes that arrive at the far end, which reads nothing before this is called. */
  async received(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let have = 0
    while (have < count) {
      const part = this.far.read() as Buffer | null
      if (part === null) await new Promise((resolve) => this.far.once('readable', resolve))
      else {
        parts.push(part)
        have += part.length
      }
    }
    const bytes = Buffer.concat(parts)
    if (have > count) this.far.unshift(bytes.subarray(count))
    return bytes.subarray(0, count)
  }

  [Symbol.dispose](): void {
    this.near.destroy()
    this.far.destroy()
  }
}

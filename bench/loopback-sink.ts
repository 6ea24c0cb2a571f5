// Takes bytes on a loopback port in a thread of its own and drops them, so that a bench's processor time is the sender's alone.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

/** Where a bench writes to. */
export class LoopbackSink implements AsyncDisposable {
  readonly #worker: Worker
  readonly #port: number
  readonly #sockets: Socket[] = []

  private constructor(worker: Worker, port: number) {
    this.#worker = worker
    this.#port = port
  }

  static async start(): Promise<LoopbackSink> {
    const worker = new Worker(new URL(import.meta.url))
    const [port] = (await once(worker, 'message')) as [number]
    return new LoopbackSink(worker, port)
  }

  async connect(): Promise<Socket> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    this.#sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await this.#worker.terminate()
  }
}

if (!isMainThread) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume()
  })
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}

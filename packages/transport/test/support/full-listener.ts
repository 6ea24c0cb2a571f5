import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

// Listens with the shortest queue and never takes a connection out of it, because its thread waits for ever.
const LISTENER = `
const { createServer } = require('node:net')
const { parentPort } = require('node:worker_threads')
const server = createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})
`
/** More than the kernel's queue holds. */
const FILLERS = 4

/** An address that neither takes nor refuses a connection: one more than a listener's queue holds. */
export class FullListener implements AsyncDisposable {
  readonly port: number
  readonly #worker: Worker
  readonly #fillers: Socket[]

  private constructor(worker: Worker, port: number) {
    this.#worker = worker
    this.port = port
    this.#fillers = Array.from({ length: FILLERS }, () => connect(port, '127.0.0.1').on('error', () => {}))
  }

  static async start(): Promise<FullListener> {
    const worker = new Worker(LISTENER, { eval: true })
    const [port] = (await once(worker, 'message')) as [number]
    const listener = new FullListener(worker, port)
    await once(listener.#fillers[0] as Socket, 'connect')
    await once(listener.#fillers[1] as Socket, 'connect')
    return listener
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const filler of this.#fillers) filler.destroy()
    await this.#worker.terminate()
  }
}

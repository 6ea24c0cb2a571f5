import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy's admin API as far as the gate asks it. Change `routing` to change its answer. */
export class RoutingServer implements AsyncDisposable {
  readonly token = 'token-of-the-test'
  readonly url: string
  readonly routing = {
    writes: 'dual',
    primary: 'origin',
    readMode: 'PRIMARY_ONLY',
    targetReadPercent: 0,
    generation: 7,
    settled: true,
    changedAtMicros: '1770000000005000',
    writesChangedAtMicros: '1770000000000000' as string | undefined,
  }
  /** Answers instead of the routing when set. */
  answer: { status: number; body: string; location?: string } | null = null
  requestCount = 0
  /** Called before each answer. */
  onRequest: () => void = () => {}
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(): Promise<RoutingServer> {
    let started: RoutingServer | null = null
    const server = createServer((request, response) => {
      if (!started) return response.destroy()
      started.requestCount++
      started.onRequest()
      const isKnown = request.url === '/api/v1/routing' && request.method === 'GET'
      const isAllowed = request.headers.authorization === `Bearer ${started.token}`
      const { status, body, location } = started.answer ?? {
        status: !isAllowed ? 401 : isKnown ? 200 : 404,
        body: isAllowed ? JSON.stringify(started.routing) : '{}',
      }
      response.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) })
      return response.end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    started = new RoutingServer(server)
    return started
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

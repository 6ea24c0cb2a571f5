import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from '@zdmkit/runtime'
import { ProxyError } from '../errors.ts'

const BODY_BYTES_MAX = 65536
const REQUEST_TIMEOUT_MS = 10_000

/** What the admin API can see and do. */
export interface AdminActions {
  /** The routing in force, as JSON. */
  readRouting(): object
  /** @throws PROXY_ROUTING_BAD_VALUE, PROXY_ROUTING_CONFLICT */
  changeRouting(change: unknown): object
}

export interface AdminServerOptions {
  readonly token: string
  readonly actions: AdminActions
  readonly log: Logger
}

/**
 * `GET` and `PUT /api/v1/routing`. Every call needs the token; a browser is kept out by the checks of Host (no name that
 * someone else's DNS could point here) and Origin (none at all).
 */
export function createAdminServer(options: AdminServerOptions): Server {
  const server = createServer((request, response) => {
    handle(request, response, options).catch((cause: unknown) => {
      options.log.error('admin-request-failed', { error: cause })
      if (!response.headersSent)
        send(response, 500, { error: 'INTERNAL', message: 'the request failed; the log says why' })
    })
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = REQUEST_TIMEOUT_MS
  return server
}

async function handle(request: IncomingMessage, response: ServerResponse, options: AdminServerOptions): Promise<void> {
  if (!isLocalHost(request.headers.host)) {
    return send(response, 403, { error: 'BAD_HOST', message: 'call the admin API by IP address or as localhost' })
  }
  if (request.headers.origin !== undefined) {
    return send(response, 403, { error: 'BAD_ORIGIN', message: 'the admin API answers no web page' })
  }
  if (!hasToken(request.headers.authorization, options.token)) {
    response.setHeader('WWW-Authenticate', 'Bearer')
    return send(response, 401, { error: 'BAD_TOKEN', message: 'send the admin token as Authorization: Bearer TOKEN' })
  }
  const [path] = (request.url ?? '/').split('?', 1)
  if (path !== '/api/v1/routing')
    return send(response, 404, { error: 'NOT_FOUND', message: 'the admin API has /api/v1/routing' })
  if (request.method === 'GET') return send(response, 200, options.actions.readRouting())
  if (request.method !== 'PUT') {
    response.setHeader('Allow', 'GET, PUT')
    return send(response, 405, { error: 'BAD_METHOD', message: 'use GET or PUT' })
  }
  const body = await readBody(request)
  if (body === null)
    return send(response, 413, { error: 'TOO_LARGE', message: `a routing has at most ${BODY_BYTES_MAX} bytes` })
  let change: unknown
  try {
    change = JSON.parse(body)
  } catch {
    return send(response, 400, { error: 'BAD_JSON', message: 'the body is not JSON' })
  }
  try {
    send(response, 200, options.actions.changeRouting(change))
  } catch (cause) {
    if (!(cause instanceof ProxyError)) throw cause
    send(response, cause.code === 'PROXY_ROUTING_CONFLICT' ? 409 : 400, { error: cause.code, message: cause.message })
  }
}

/** By address or as localhost: any other name may be one that an attacker's DNS points at this machine. */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)
}

function hasToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? ''
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

import { once } from 'node:events'
import { access, constants } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BenchError } from '../errors.ts'
import { Child } from './child.ts'
import type { LoadTarget } from './load.ts'

const CHECKOUT = join(import.meta.dirname, '../..')
const RELAY_MAIN = join(import.meta.dirname, '../bare-relay.mjs')
const CLIENTS_MAX = '8192'
const PEER_START_MS = 20_000
const PEER_POLL_MS = 50

/** A process that takes loads. */
export interface Server extends LoadTarget {
  readonly child: Child
}

export interface Ports {
  readonly origin: number
  readonly target: number
}

export interface ServerOptions {
  readonly core: number | null
  /** The canned back ends. */
  readonly ports: Ports
  readonly signal: AbortSignal
}

export function startBackend(program: string, name: string, core: number | null, signal: AbortSignal): Promise<Server> {
  const child = new Child({ name, command: program, args: ['backend', '--port', '0', '--name', name], env: {}, core })
  return ready(child, readPort, signal)
}

/** Our proxy from the sources of this checkout. `nodeFlags` come before the program, for profiling. */
export function startOurs(options: ServerOptions, nodeFlags: readonly string[]): Promise<Server> {
  return startCheckout('ours', CHECKOUT, options, nodeFlags)
}

/** The proxy of another checkout, measured as `other`. */
export function startOther(options: ServerOptions, checkout: string): Promise<Server> {
  return startCheckout('other', resolve(checkout), options, [])
}

function startCheckout(
  name: string,
  checkout: string,
  options: ServerOptions,
  nodeFlags: readonly string[],
): Promise<Server> {
  const { ports, core, signal } = options
  const child = new Child({
    name,
    command: process.execPath,
    args: [...nodeFlags, '--conditions=@zdmkit/source', join(checkout, 'packages/proxy/src/main.ts')],
    env: {
      ...processEnvironment(),
      ...clusterSettings(ports),
      ZDM_PROXY_LISTEN_PORT: '0',
      ZDM_METRICS_PORT: '0',
      ZDM_ADMIN_PORT: '0',
      ZDM_ADMIN_TOKEN: 'bench',
    },
    core,
  })
  return ready(child, (line) => (line['event'] === 'listening' ? readPort(line) : undefined), signal)
}

export function startRelay(options: ServerOptions): Promise<Server> {
  const { ports, core, signal } = options
  const child = new Child({
    name: 'relay',
    command: process.execPath,
    args: [RELAY_MAIN, '0', `${ports.origin}`, `${ports.target}`, 'shared', '1'],
    env: processEnvironment(),
    core,
  })
  return ready(child, readPort, signal)
}

/** DataStax's proxy. It says nowhere which port it took, so it is given one that was free a moment ago. */
export async function startPeer(options: ServerOptions, binary: string): Promise<Server> {
  const { ports, core, signal } = options
  const command = resolve(binary)
  await access(command, constants.X_OK).catch((cause: unknown) => {
    throw new BenchError('BENCH_USAGE', `ZDM_PEER_PROXY names no program: ${command}`, { cause })
  })
  const [port, metricsPort] = await freePorts()
  const child = new Child({
    name: 'peer',
    command,
    args: [],
    env: {
      ...processEnvironment(),
      ...clusterSettings(ports),
      ZDM_ORIGIN_USERNAME: '',
      ZDM_ORIGIN_PASSWORD: '',
      ZDM_TARGET_USERNAME: '',
      ZDM_TARGET_PASSWORD: '',
      ZDM_PROXY_LISTEN_PORT: `${port}`,
      ZDM_METRICS_PORT: `${metricsPort}`,
    },
    core,
  })
  try {
    const until = performance.now() + PEER_START_MS
    while (!(await accepts(port))) {
      if (child.hasEnded || performance.now() > until) throw child.failure(`did not listen on port ${port}`)
      await pause(PEER_POLL_MS, undefined, { signal })
    }
    return { name: 'peer', port, pid: child.pid, child }
  } catch (cause) {
    await child[Symbol.asyncDispose]()
    throw cause
  }
}

/** The same for both proxies, and nothing that makes one of them do less than its default. */
function clusterSettings(ports: Ports): Record<string, string> {
  return {
    ZDM_ORIGIN_CONTACT_POINTS: '127.0.0.1',
    ZDM_ORIGIN_PORT: `${ports.origin}`,
    ZDM_TARGET_CONTACT_POINTS: '127.0.0.1',
    ZDM_TARGET_PORT: `${ports.target}`,
    ZDM_PROXY_LISTEN_ADDRESS: '127.0.0.1',
    ZDM_METRICS_ADDRESS: '127.0.0.1',
    ZDM_PROXY_MAX_CLIENT_CONNECTIONS: CLIENTS_MAX,
    ZDM_LOG_LEVEL: 'WARN',
  }
}

/** Without settings that were meant for another proxy. */
function processEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZDM_')))
}

function readPort(line: Readonly<Record<string, unknown>>): number | undefined {
  return typeof line['port'] === 'number' ? line['port'] : undefined
}

async function ready(
  child: Child,
  read: (line: Readonly<Record<string, unknown>>) => number | undefined,
  signal: AbortSignal,
): Promise<Server> {
  try {
    return { name: child.name, port: await child.line(read, signal), pid: child.pid, child }
  } catch (cause) {
    await child[Symbol.asyncDispose]()
    throw cause
  }
}

/** Two ports that were free at the same time. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const
  const ports = servers.map(async (server) => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  })
  const [first = 0, second = 0] = await Promise.all(ports)
  for (const server of servers) server.close()
  return [first, second]
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolvePromise) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolvePromise(true)
    })
    socket.once('error', () => resolvePromise(false))
  })
}

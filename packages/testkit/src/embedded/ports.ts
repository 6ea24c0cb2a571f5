import { createServer } from 'node:net'
import { TestkitError } from '../errors.ts'

// Below the range from which Linux takes the ports of outgoing connections (32768 to 60999): a port that is free now
// stays free until the JVM binds it, some seconds later.
const FIRST_PORT = 20_000
const PORT_COUNT = 12_000

/** Ports given out by this process, so that two clusters which start side by side never get the same one. */
const givenOut = new Set<number>()

/**
 * A TCP port that is free on every one of the given loopback addresses, and was not given out by this process before.
 *
 * @throws EMBEDDED_ADDRESS_UNAVAILABLE when this machine has no such address.
 * @throws EMBEDDED_PORT_TAKEN when no port is free on all of them.
 */
export async function freePort(hosts: readonly string[] = ['127.0.0.1']): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT)
    if (givenOut.has(port)) continue
    givenOut.add(port)
    if ((await findTaken(hosts, port)) === null) return port
  }
  throw new TestkitError('EMBEDDED_PORT_TAKEN', `no free port between 20000 and 32000 on ${hosts.join(', ')}`)
}

/**
 * Makes sure that a port asked for by the user is free on every address.
 *
 * @throws EMBEDDED_PORT_TAKEN when it is not.
 */
export async function assertPortFree(hosts: readonly string[], port: number): Promise<void> {
  const taken = await findTaken(hosts, port)
  if (taken === null) return
  throw new TestkitError(
    'EMBEDDED_PORT_TAKEN',
    `port ${port} on ${taken} is in use: end its user or choose another port`,
  )
}

/** The first address on which the port cannot be bound, or null. */
async function findTaken(hosts: readonly string[], port: number): Promise<string | null> {
  for (const host of hosts) {
    if (!(await canBind(host, port))) return host
  }
  return null
}

function canBind(host: string, port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRNOTAVAIL') return resolve(false)
    const message = `this machine has no address ${host}: add it to the loopback interface or start fewer nodes`
    reject(new TestkitError('EMBEDDED_ADDRESS_UNAVAILABLE', message, { cause: error }))
  })
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  return promise
}

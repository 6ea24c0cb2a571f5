import { createServer } from 'node:net'
import { CliError } from '../../errors.ts'

/** Makes sure that a port asked for by the user can be had, before anything is started. @throws MIGRATION_PORT_TAKEN */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be had (${error.message})`
    const message = `port ${port} on ${host} ${reason}: end what listens there, or choose another; 0 takes any free one`
    reject(new CliError('MIGRATION_PORT_TAKEN', message))
  })
  server.listen({ host, port, exclusive: true }, resolve)
  await promise
  server.close()
}

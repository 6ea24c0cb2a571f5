import { existsSync, readFileSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { Cluster } from '@zdmkit/cluster'
import { ScriptedServer } from '@zdmkit/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AdminClient } from '../../../src/migration/proxy/admin-client.ts'
import { ProxyProcess, type ProxyProcessOptions } from '../../../src/migration/proxy/proxy-process.ts'

describe('ProxyProcess', () => {
  let origin: ScriptedServer
  let target: ScriptedServer
  let options: ProxyProcessOptions

  beforeAll(async () => {
    origin = await ScriptedServer.start({ clusterName: 'O', dataCenter: 'dc1' })
    target = await ScriptedServer.start({ clusterName: 'T', dataCenter: 'dc2' })
    const address = ({ host, port }: ScriptedServer): ProxyProcessOptions['origin'] => {
      return { contactPoints: [host], port, localDataCenter: null }
    }
    options = { origin: address(origin), target: address(target), port: 0, signal: new AbortController().signal }
  })

  afterAll(async () => {
    await origin.stop()
    await target.stop()
  })

  it('serves with writes to the origin only, keeps its secrets to this user, and leaves nothing', async () => {
    const proxy = await ProxyProcess.start(options)
    const { directory, tokenFile } = proxy
    for (const path of [tokenFile, join(directory, 'zdm-proxy.yaml')]) expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(readFileSync(tokenFile, 'utf8').trim()).toBe(proxy.admin.token)
    const routing = await new AdminClient(proxy.admin).readRouting()
    expect(routing).toMatchObject({ writes: 'origin', primary: 'origin', targetReadPercent: 0, settled: true })
    {
      const { host, port } = proxy
      await using cluster = await Cluster.connect({ contactPoints: [host], port, localDataCenter: null })
      expect([cluster.name, cluster.dataCenter]).toStrictEqual(['O', 'dc1'])
    }
    expect(await proxy.readLog()).toContain('"event":"proxy-started"')
    await proxy[Symbol.asyncDispose]()
    expect(existsSync(directory)).toBe(false)
    expect(() => process.kill(proxy.pid, 0)).toThrow('ESRCH')
  })

  it('says why it did not start, and leaves nothing', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await expect(ProxyProcess.start({ ...options, port })).rejects.toMatchObject({
      code: 'MIGRATION_PROXY_NOT_STARTED',
      message: expect.stringContaining('PROXY_LISTEN_FAILED') as string,
    })
    server.close()
  })

  it('tells when it ends by itself', async () => {
    await using proxy = await ProxyProcess.start(options)
    const ended = proxy.untilEndedByItself()
    process.kill(proxy.pid, 'SIGKILL')
    await expect(ended).rejects.toMatchObject({
      code: 'MIGRATION_PROXY_ENDED',
      message: expect.stringContaining('by SIGKILL') as string,
    })
  })

  it('is ended by its handle once it was kept', async () => {
    const proxy = await ProxyProcess.start(options)
    const handle = await proxy.keep()
    await proxy[Symbol.asyncDispose]()
    process.kill(proxy.pid, 0)
    expect(await ProxyProcess.endKept(handle)).toBe(true)
    expect(existsSync(proxy.directory)).toBe(false)
    expect(await ProxyProcess.endKept(handle)).toBe(false)
  })
})

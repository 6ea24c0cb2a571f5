import { reply, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { probe } from '../src/probe.ts'

const addressOf = (...servers: readonly ScriptedServer[]) => ({
  contactPoints: servers.map(({ host }) => host),
  port: servers[0]?.port ?? 1,
  localDataCenter: null,
})

describe('probe', () => {
  it('says who the cluster is', async () => {
    await using server = await ScriptedServer.start({ clusterName: 'C', dataCenter: 'dc1', releaseVersion: '5.0.5' })
    expect(await probe(addressOf(server))).toStrictEqual({
      name: 'C',
      dataCenter: 'dc1',
      releaseVersion: '5.0.5',
      partitioner: 'Murmur3Partitioner',
      supportsCollectionWriteTime: true,
    })
  })

  it.each([0x0000, 0x000a, 0x2000, 0x2200])('takes error %i for a no to write times of collections', async (code) => {
    await using server = await ScriptedServer.start()
    server.on('prepare', () => reply.error(code as 0x2200))
    expect(await probe(addressOf(server))).toMatchObject({ supportsCollectionWriteTime: false })
  })

  it('asks the next contact point where one does not answer', async () => {
    await using server = await ScriptedServer.start({ host: '127.0.0.2' })
    const address = { ...addressOf(server), contactPoints: ['127.0.0.1', '127.0.0.2'] }
    expect(await probe(address)).toMatchObject({ dataCenter: 'datacenter1' })
  })

  it.each([
    [{ contactPoints: [], port: 9042, localDataCenter: null }],
    [{ contactPoints: ['a', ''], port: 9042, localDataCenter: null }],
    [{ contactPoints: ['a'], port: 0, localDataCenter: null }],
    [{ contactPoints: ['a'], port: 1.5, localDataCenter: null }],
  ])('refuses the address %j', async (address) => {
    await expect(probe(address)).rejects.toMatchObject({ code: 'CLUSTER_BAD_ADDRESS' })
  })
})

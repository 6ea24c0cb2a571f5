import { readFile } from 'node:fs/promises'
import { authenticate, error, result } from '@zdmkit/protocol'
import { transportErrorCodes } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { clusterName } from './readme-example.ts'
import { RawServer } from './support/raw-server.ts'
import { serveLogin } from './support/server-side.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const credentials = { username: 'application', password: 'secret' }

describe('README', () => {
  it('shows the example that runs here', async () => {
    const example = await readFile(new URL('readme-example.ts', import.meta.url), 'utf8')
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example)

    await using server = await RawServer.start()
    const name = clusterName('127.0.0.1', server.port, credentials)
    const peer = await server.accepted()
    await serveLogin(peer, 'org.apache.cassandra.auth.PasswordAuthenticator')
    const columns = [{ keyspace: 'system', table: 'local', name: 'cluster_name', type: { kind: 'varchar' as const } }]
    const metadata = { columnCount: 1, pagingState: null, columns }
    peer.reply(await peer.next(), result, { kind: 'rows', metadata, rows: [[Buffer.from('DSE_Cluster')]] })
    expect(await name).toBe('DSE_Cluster')
    await peer.closed
  })

  it('shows how a refused login is told from the rest', async () => {
    await using server = await RawServer.start()
    const name = clusterName('127.0.0.1', server.port, credentials)
    const peer = await server.accepted()
    peer.reply(await peer.next(), authenticate, { authenticator: 'a' })
    peer.reply(await peer.next(), error, { code: 0x0100, message: 'no' })
    expect(await name).toBe('the login was refused')
  })

  it('lists every error code', () => {
    expect([...readme.matchAll(/^\| `(TRANSPORT_\w+)`/gm)].map((match) => match[1])).toStrictEqual([
      ...transportErrorCodes,
    ])
  })
})

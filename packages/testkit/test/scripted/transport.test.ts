import { ErrorCode } from '@zdmkit/protocol'
import { CqlConnection } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { reply, ScriptedServer } from '../../src/index.ts'

describe('ScriptedServer under a real client', () => {
  it('lets it log in with the right password and ask', async () => {
    await using server = await ScriptedServer.start({ auth: { username: 'u', password: 'p' }, clusterName: 'C' })
    const credentials = { username: 'u', password: 'p' }
    await using connection = await CqlConnection.open({ host: server.host, port: server.port, credentials })
    const result = await connection.query('SELECT cluster_name FROM system.local')
    expect(result.kind === 'rows' && result.rows).toStrictEqual([[Buffer.from('C')]])
    server.prime('x', reply.error(ErrorCode.OVERLOADED, 'busy'))
    await expect(connection.query('x')).rejects.toMatchObject({ serverCode: ErrorCode.OVERLOADED })
    expect(server.violations).toStrictEqual([])
  })

  it('refuses it with the wrong password', async () => {
    await using server = await ScriptedServer.start({ auth: { username: 'u', password: 'p' } })
    const credentials = { username: 'u', password: 'wrong' }
    await expect(CqlConnection.open({ host: server.host, port: server.port, credentials })).rejects.toMatchObject({
      code: 'TRANSPORT_AUTH_FAILED',
    })
  })
})

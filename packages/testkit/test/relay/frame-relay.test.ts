import { execute, ProtocolVersion, prepare, type Result } from '@zdmkit/protocol'
import { CqlConnection, decodeResult } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { FrameRelay, ScriptedServer } from '../../src/index.ts'

const INSERT = 'INSERT INTO k.t (a) VALUES (1)'

describe('FrameRelay', () => {
  it('passes requests and answers on as they are', async () => {
    await using pair = await Pair.open()
    const { server, connection } = pair
    const rows = await connection.query('SELECT cluster_name FROM system.local')
    expect(rows.kind).toBe('rows')
    await connection.query(INSERT)
    expect(server.violations).toStrictEqual([])
    expect(textsAt(server)).toContain(INSERT)
  })

  it('swallows the next request that fits, answers it as done, and passes on the ones after it', async () => {
    await using pair = await Pair.open()
    const { server, relay, connection } = pair
    const swallowed = relay.swallow(({ text }) => text === INSERT)
    expect((await connection.query(INSERT)).kind).toBe('void')
    expect(await swallowed).toMatchObject({ connection: 1, text: INSERT })
    expect(textsAt(server)).not.toContain(INSERT)
    await connection.query(INSERT)
    expect(textsAt(server)).toContain(INSERT)
  })

  it('knows a prepared statement by its text', async () => {
    await using pair = await Pair.open()
    const { relay, connection } = pair
    const prepared = await pair.prepare(INSERT)
    if (prepared.kind !== 'prepared') throw new Error('not prepared')
    const swallowed = relay.swallow(({ text }) => text === INSERT)
    await connection.request(execute, { id: prepared.id, parameters: { consistency: 1 } })
    expect((await swallowed).text).toBe(INSERT)
  })

  it('holds one request on the wire while others overtake it', async () => {
    await using pair = await Pair.open()
    const { server, relay, connection } = pair
    const held = relay.hold(({ text }) => text === INSERT)
    expect(held.hasArrived).toBe(false)
    const answer = connection.query(INSERT)
    expect((await held.arrived).text).toBe(INSERT)
    expect(held.hasArrived).toBe(true)
    await connection.query('SELECT cluster_name FROM system.local')
    expect(textsAt(server)).not.toContain(INSERT)
    held.release()
    await answer
    expect(textsAt(server)).toContain(INSERT)
  })

  it('ends a connection whose server ends, and all of them at its own end', async () => {
    const pair = await Pair.open()
    pair.server.killConnections()
    await expect(pair.connection.query(INSERT)).rejects.toMatchObject({ code: 'TRANSPORT_CONNECTION_LOST' })
    const second = await CqlConnection.open({ host: pair.relay.host, port: pair.relay.port })
    await pair.relay[Symbol.asyncDispose]()
    await expect(second.query(INSERT)).rejects.toMatchObject({ code: 'TRANSPORT_CONNECTION_LOST' })
    await pair.server.stop()
  })
})

/** A client, a relay and a scripted server behind it. */
class Pair implements AsyncDisposable {
  readonly server: ScriptedServer
  readonly relay: FrameRelay
  readonly connection: CqlConnection

  private constructor(server: ScriptedServer, relay: FrameRelay, connection: CqlConnection) {
    this.server = server
    this.relay = relay
    this.connection = connection
  }

  static async open(): Promise<Pair> {
    const server = await ScriptedServer.start()
    const relay = await FrameRelay.start(server)
    return new Pair(server, relay, await CqlConnection.open({ host: relay.host, port: relay.port }))
  }

  async prepare(text: string): Promise<Result> {
    return decodeResult(await this.connection.request(prepare, { query: text }), ProtocolVersion.V4, 'relay')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close()
    await this.relay[Symbol.asyncDispose]()
    await this.server.stop()
  }
}

function textsAt(server: ScriptedServer): string[] {
  return server.requests.flatMap((request) => (request.type === 'prepare' ? [] : request.texts))
}

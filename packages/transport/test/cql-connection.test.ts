import {
  Consistency,
  encodeResponse,
  error,
  event,
  execute,
  Opcode,
  options,
  query,
  type Result,
  result,
  supported,
} from '@zdmkit/protocol'
import { CqlConnection, type CqlConnectionOptions, ServerError, type TransportError } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { Arrivals } from './support/arrivals.ts'
import { hex } from './support/hex.ts'
import { type RawPeer, RawServer } from './support/raw-server.ts'
import { acceptReady, replyBytes } from './support/server-side.ts'

async function connect(
  server: RawServer,
  extra: Partial<CqlConnectionOptions> = {},
): Promise<{ connection: CqlConnection; peer: RawPeer }> {
  const opening = CqlConnection.open({ host: '127.0.0.1', port: server.port, ...extra })
  const peer = await acceptReady(server)
  return { connection: await opening, peer }
}

const rows: Result = {
  kind: 'rows',
  metadata: {
    columnCount: 1,
    pagingState: null,
    columns: [{ keyspace: 'k', table: 't', name: 'v', type: { kind: 'int' } }],
  },
  rows: [[hex('0000002a')], [null]],
}

describe('CqlConnection', () => {
  it('knows whom it talks to', async () => {
    await using server = await RawServer.start()
    const { connection } = await connect(server)
    expect([connection.host, connection.port, connection.version]).toStrictEqual(['127.0.0.1', server.port, 4])
    connection.close()
  })

  it('sends a message and resolves with the answer, an ERROR too', async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    const message = { id: hex('abcd'), parameters: { consistency: Consistency.QUORUM, values: [hex('01'), undefined] } }
    const first = connection.request(execute, message, { flags: 0x02 })
    const received = await peer.next()
    expect([received.header.opcode, received.header.flags]).toStrictEqual([Opcode.EXECUTE, 0x02])
    expect(execute.decode(received.body, 4)).toStrictEqual(message)
    expect(connection.inFlight).toBe(1)
    peer.reply(received, error, { code: 0x2200, message: 'no' })
    const answer = await first
    expect(answer.opcode).toBe(Opcode.ERROR)
    expect(error.decode(answer.body, 4)).toStrictEqual({ code: 0x2200, message: 'no' })
    expect(connection.inFlight).toBe(0)
    connection.close()
  })

  it('runs a statement at LOCAL_ONE, or as it is told', async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    for (const parameters of [undefined, { consistency: Consistency.ALL, pageSize: 10, values: [hex('ff')] }]) {
      const answer = connection.query('SELECT v FROM k.t', parameters)
      const received = await peer.next()
      expect(query.decode(received.body, 4)).toStrictEqual({
        query: 'SELECT v FROM k.t',
        parameters: { consistency: Consistency.LOCAL_ONE, ...parameters },
      })
      peer.reply(received, result, rows)
      expect(await answer).toStrictEqual(rows)
    }
    connection.close()
  })

  it('reads a result behind tracing id, warnings and custom payload', async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    const answer = connection.query('SELECT v FROM k.t')
    const { stream } = (await peer.next()).header
    const prefix = {
      tracingId: '00112233-4455-6677-8899-aabbccddeeff',
      warnings: ['w'],
      customPayload: { k: null },
    }
    peer.send(encodeResponse(result, rows, { version: 4, stream, ...prefix }))
    expect(await answer).toStrictEqual(rows)
    connection.close()
  })

  it("throws the server's error as a ServerError", async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    const answer = connection.query('SELEC').catch((cause: unknown) => cause)
    peer.reply(await peer.next(), error, { code: 0x2000, message: 'line 1:0 no viable alternative' })
    const cause = await answer
    expect(cause).toBeInstanceOf(ServerError)
    expect(cause).toMatchObject({
      name: 'ServerError',
      code: 'TRANSPORT_SERVER_ERROR',
      serverCode: 0x2000,
      serverMessage: 'line 1:0 no viable alternative',
      message: `127.0.0.1:${server.port}: server error 0x2000: line 1:0 no viable alternative`,
    })
    connection.close()
  })

  it('throws TRANSPORT_PROTOCOL for an answer of another kind, and for one that cannot be read', async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    const other = connection.query('SELECT v FROM k.t').catch((cause: unknown) => cause)
    peer.reply(await peer.next(), supported, { options: {} })
    expect(await other).toMatchObject({
      code: 'TRANSPORT_PROTOCOL',
      message: `127.0.0.1:${server.port} answered with SUPPORTED where RESULT was expected`,
    })
    for (const [opcode, flags, body] of [
      [Opcode.RESULT, 0, hex('00000007')],
      [Opcode.RESULT, 0, hex('00000001 00')],
      [Opcode.RESULT, 0x08, hex('ffff')],
      [Opcode.ERROR, 0, hex('00')],
    ] as const) {
      const unreadable = connection.query('SELECT v FROM k.t').catch((cause: unknown) => cause)
      replyBytes(peer, await peer.next(), opcode, body, flags)
      expect(await unreadable).toMatchObject({ code: 'TRANSPORT_PROTOCOL', cause: { name: 'ProtocolError' } })
    }
    expect(connection.isClosed).toBe(false)
    connection.close()
  })

  it('waits for each request as long as that says, or as the connection says', async () => {
    await using server = await RawServer.start()
    const { connection } = await connect(server, { requestTimeoutMs: 30 })
    const peer = `127.0.0.1:${server.port}`
    const timeout = (ms: number): object => ({
      code: 'TRANSPORT_TIMEOUT',
      message: `no answer from ${peer} within ${ms} ms`,
    })
    await expect(connection.request(options, {}, { timeoutMs: 10 })).rejects.toMatchObject(timeout(10))
    await expect(connection.request(options, {})).rejects.toMatchObject(timeout(30))
    await expect(connection.query('SELECT', {}, { timeoutMs: 20 })).rejects.toMatchObject(timeout(20))
    expect(connection.inFlight).toBe(3)
    connection.close()
  })

  it('tells its owner once when it has ended, and why', async () => {
    await using server = await RawServer.start()
    const ends: (TransportError | null)[] = []
    const ended = new Arrivals<void>()
    const onClose = (reason: TransportError | null): void => {
      ends.push(reason)
      ended.add()
    }
    const lost = await connect(server, { onClose })
    lost.peer.socket.end()
    await ended.next()
    lost.connection.close()
    const closed = await connect(server, { onClose })
    closed.connection.close()
    await ended.next()
    expect(ends).toMatchObject([{ code: 'TRANSPORT_CONNECTION_LOST' }, null])
    expect([lost.connection.isClosed, closed.connection.isClosed]).toStrictEqual([true, true])
  })

  it('closes at the end of its scope', async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    {
      await using _scoped = connection
    }
    await peer.closed
    expect(connection.isClosed).toBe(true)
    await expect(connection.request(options, {})).rejects.toMatchObject({ code: 'TRANSPORT_CONNECTION_LOST' })
  })
})

describe('events', () => {
  const change = { kind: 'status_change', changeType: 'DOWN', node: { address: '10.0.0.7', port: 9042 } } as const

  it('are handed over decoded', async () => {
    await using server = await RawServer.start()
    const events = new Arrivals<unknown>()
    const { connection, peer } = await connect(server, { onEvent: (message) => events.add(message) })
    peer.send(encodeResponse(event, change, { version: 4, stream: -1 }))
    expect(await events.next()).toStrictEqual(change)
    peer.send(encodeResponse(event, change, { version: 4, stream: -1, warnings: ['w'] }))
    expect(await events.next()).toStrictEqual(change)
    connection.close()
  })

  it('end the connection when one cannot be read, because others may be missed', async () => {
    await using server = await RawServer.start()
    const ended = new Arrivals<TransportError | null>()
    const events: unknown[] = []
    const { connection, peer } = await connect(server, {
      onEvent: (message) => events.push(message),
      onClose: (reason) => ended.add(reason),
    })
    const waiting = connection.request(options, {}).catch((cause: unknown) => cause)
    await peer.next()
    peer.send(hex('84 00 ffff 0c 00000005', '0003', Buffer.from('NEW')))
    const reason = await ended.next()
    expect(reason).toMatchObject({ code: 'TRANSPORT_PROTOCOL', cause: { name: 'ProtocolError' } })
    expect(reason?.message).toMatch(/sent EVENT that cannot be read: /)
    expect(await waiting).toBe(reason)
    expect(events).toStrictEqual([])
    await peer.closed
  })

  it('are not even decoded where nobody listens', async () => {
    await using server = await RawServer.start()
    const { connection, peer } = await connect(server)
    peer.send(hex('84 00 ffff 0c 00000002', 'ffff'))
    const answer = connection.request(options, {})
    peer.reply(await peer.next(), supported, { options: {} })
    expect((await answer).opcode).toBe(Opcode.SUPPORTED)
    connection.close()
  })
})

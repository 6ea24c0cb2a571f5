import { Consistency, ErrorCode, encodeRequest, HEADER_BYTES, Opcode, query, startup } from '@zdmkit/protocol'
import { eventually, hex, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf, rowsOf } from '../support/raw-client.ts'

const SELECT = 'SELECT v FROM ks.t'
const BIG = 'SELECT big FROM ks.t'
const MIB = 1024 * 1024

describe('the first bytes of a client', () => {
  it.each([1, 2, 5, 6, 0x41, 0x42])(
    'of protocol version %i are told on stream 0 which versions there are, then it ends',
    async (version) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.socket()
      client.write(hex(version.toString(16).padStart(2, '0'), '00 0000 01 00000000'))
      const answer = await client.unsolicited()
      expect(answer?.header).toMatchObject({ version: 4, isResponse: true, stream: 0, opcode: Opcode.ERROR })
      expect(answer && errorOf(answer)).toStrictEqual({
        code: ErrorCode.PROTOCOL_ERROR,
        message: `Invalid or unsupported protocol version (${version}); supported versions are (3/v3, 4/v4)`,
      })
      await client.closed
      for (const server of fixture.servers) expect(server.connections).toHaveLength(1)
    },
  )

  it('of a version it does not speak are answered before the whole header is there', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.socket()
    client.write(hex('05'))
    expect((await client.unsolicited())?.header.opcode).toBe(Opcode.ERROR)
    await client.closed
  })

  it.each([
    ['a TLS hello', hex('16 03 01 0200 01 0001fc 0303')],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a CQL response', hex('84 00 0000 02 00000000')],
    ['zeros', Buffer.alloc(100)],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
  ])('of %s are no CQL: the connection is closed without an answer and logged', async (_what, bytes) => {
    await using fixture = await ProxyFixture.start()
    const neighbour = await fixture.client()
    const client = await fixture.socket()
    client.write(bytes)
    await client.closed
    expect(await client.unsolicited()).toBeNull()
    expect(fixture.log.of('client-not-cql')).toMatchObject([{ firstByte: bytes[0] }])
    expect(resultOf(await neighbour.query(SELECT)).kind).toBe('rows')
    for (const server of fixture.servers) expect(server.connections).toHaveLength(2)
  })

  it('that never come cost no connection to a cluster', async () => {
    await using fixture = await ProxyFixture.start()
    await fixture.socket()
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
    for (const server of fixture.servers) expect(server.connections).toHaveLength(1)
  })
})

describe('a frame', () => {
  it.each([
    ['1 byte more than 256 MiB', 0x1000_0001],
    ['2 GiB', 0x8000_0000],
    ['4 GiB less 1', 0xffff_ffff],
  ])(
    'that announces %s is refused before any of it is kept, on stream 0, and ends its connection',
    async (_what, bytes) => {
      await using fixture = await ProxyFixture.start()
      for (const [client, bytesMax] of [
        [await fixture.client(), '268435456 bytes'],
        [await fixture.socket(), '1048576 bytes before the login'],
      ] as const) {
        const header = hex('04 00 0005 07 00000000')
        header.writeUInt32BE(bytes, 5)
        client.write(header)
        const answer = await client.unsolicited()
        expect(answer?.header.stream).toBe(0)
        expect(answer && errorOf(answer)).toStrictEqual({
          code: ErrorCode.PROTOCOL_ERROR,
          message: `frame body of ${bytes} bytes exceeds the maximum of ${bytesMax}`,
        })
        await client.closed
      }
      expect(fixture.log.of('client-frame-too-large')).toHaveLength(2)
    },
  )

  it.each([3, 4] as const)(
    'of another version than the first is refused, and ends the connection of version %i',
    async (version) => {
      await using fixture = await ProxyFixture.start()
      const [client, neighbour] = [await fixture.client({ version }), await fixture.client({ version })]
      const other = version === 3 ? 4 : 3
      client.write(
        encodeRequest(query, { query: SELECT, parameters: { consistency: 1 } }, { version: other, stream: 1 }),
      )
      const answer = await client.unsolicited()
      expect(answer?.header).toMatchObject({ version, stream: 0, opcode: Opcode.ERROR })
      expect(answer && errorOf(answer)).toStrictEqual({
        code: ErrorCode.PROTOCOL_ERROR,
        message: `Invalid message version. Got ${other} but earlier messages had ${version}`,
      })
      await client.closed
      expect(resultOf(await neighbour.query(SELECT)).kind).toBe('rows')
      expect(fixture.requests(fixture.origin)).toHaveLength(1)
    },
  )

  it('of garbage behind good ones ends the connection; what was asked before is done', async () => {
    await using fixture = await ProxyFixture.start()
    const [client, neighbour] = [await fixture.client(), await fixture.client()]
    const good = encodeRequest(
      query,
      { query: 'INSERT INTO ks.t (k) VALUES (1)', parameters: { consistency: 1 } },
      { version: 4, stream: 1 },
    )
    client.expect(1).catch(() => {})
    client.write(Buffer.concat([good, Buffer.alloc(64, 0xff)]))
    await client.closed
    for (const server of fixture.servers) await server.received(/INSERT/)
    expect(resultOf(await neighbour.query(SELECT)).kind).toBe('rows')
  })
})

describe('a client that does not read', () => {
  // The kernel's buffers on the way take some ten MiB before anything piles up at the proxy.
  const bounds = { clientPauseBytes: MIB, requestTimeoutMs: 20_000 }

  it('is no longer read at the first bound, and again once its answers are taken; a neighbour on the same connection is not slowed', async () => {
    await using fixture = await ProxyFixture.start({ options: { ...bounds, clientCloseBytes: 64 * MIB } })
    const [slow, neighbour] = [await fixture.client(), await fixture.client()]
    fixture.origin.prime(BIG, reply.rows(['big blob'], [[Buffer.alloc(MIB)]]))
    slow.pause()
    // Enough for the kernel's buffers on the way and the bound.
    const answers = Array.from({ length: 24 }, () => slow.query(BIG))
    // Answers come in order over the shared connection: all those before this one are at the proxy.
    await fixture.origin.received(BIG, 24)
    await neighbour.query(SELECT)
    const late = Array.from({ length: 200 }, (_, i) => slow.query(`INSERT INTO ks.t (k) VALUES (${i})`))
    const startMs = performance.now()
    for (let i = 0; i < 50; i++) expect(rowsOf(await neighbour.query(SELECT)).rows).toStrictEqual([])
    expect(performance.now() - startMs).toBeLessThan(5_000)
    expect([slow.isClosed, fixture.origin.find(/INSERT/)]).toStrictEqual([false, []])
    slow.resume()
    for (const answer of answers) expect(rowsOf(await answer).rows[0]?.[0]).toHaveLength(MIB)
    for (const answer of late) expect(resultOf(await answer).kind).toBe('void')
    expect(fixture.origin.find(/INSERT/)).toHaveLength(200)
    expect(fixture.origin.connections).toHaveLength(2)
  }, 30_000)

  it('is closed at the second bound, and a neighbour on the same connection is not slowed', async () => {
    await using fixture = await ProxyFixture.start({ options: { ...bounds, clientCloseBytes: 16 * MIB } })
    const [slow, neighbour] = [await fixture.client(), await fixture.client()]
    fixture.origin.prime(BIG, reply.rows(['big blob'], [[Buffer.alloc(MIB)]]))
    const gate = fixture.origin.hold(BIG)
    slow.pause()
    const answers = Array.from({ length: 60 }, () => slow.query(BIG))
    await gate.arrived(60)
    gate.release()
    await eventually(() => fixture.log.of('client-too-slow').length === 1, { timeoutMs: 10_000 })
    expect(fixture.log.of('client-too-slow')).toMatchObject([{ bytesMax: 16 * MIB }])
    expect(rowsOf(await neighbour.query(SELECT)).rows).toStrictEqual([])
    slow.resume()
    const ends = await Promise.allSettled(answers)
    expect(ends.some(({ status }) => status === 'rejected')).toBe(true)
    expect(slow.isClosed).toBe(true)
    expect(fixture.origin.connections).toHaveLength(2)
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
  }, 30_000)
})

describe('a client that goes away', () => {
  it.each([
    ['half closes', (socket: { end(): void }) => socket.end()],
    ['is reset', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ])('and %s leaves its requests to their end and takes nobody with it', async (_what, leave) => {
    await using fixture = await ProxyFixture.start()
    const [leaver, neighbour] = [await fixture.client(), await fixture.client()]
    const gate = fixture.target.hold(/INSERT/)
    leaver.query('INSERT INTO ks.t (k) VALUES (1)').catch(() => {})
    await gate.arrived()
    leave(leaver.socket as never)
    await leaver.closed
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
    expect(fixture.proxy.changeRouting({ targetReadPercent: 1 })).toMatchObject({
      settled: false,
      unsettledRequests: 1,
    })
    gate.release()
    await fixture.settled()
    expect(resultOf(await neighbour.query(SELECT)).kind).toBe('rows')
  })
})

describe('too many clients', () => {
  it('are closed at once and logged; those there are served on, and one that leaves makes room', async () => {
    await using fixture = await ProxyFixture.start({ options: { clientsMax: 2 } })
    const [first, second] = [await fixture.client(), await fixture.client()]
    const third = await fixture.socket()
    await third.closed
    expect(fixture.log.of('client-refused')).toMatchObject([{ reason: 'proxy_max_client_connections (2) reached' }])
    for (const client of [first, second]) expect(resultOf(await client.query(SELECT)).kind).toBe('rows')
    await first.close()
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
    expect(resultOf(await (await fixture.client()).query(SELECT)).kind).toBe('rows')
  })
})

describe('answers', () => {
  it('each come on the stream of their request, in whatever order the cluster gives them', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.origin.prime(/^SELECT/, (request) => reply.rows(['v int'], [[Number(/k = (\d+)/.exec(request.text)?.[1])]]))
    const gate = fixture.origin.hold(/k = \d*[13579]$/)
    const clients = await Promise.all([fixture.client(), fixture.client()])
    const streams = [0, 1, 255, 256, 2_047, 32_767]
    const asked = clients.flatMap((client, c) =>
      streams.map((stream, i) => ({
        k: c * 100 + i,
        answer: client.query(`SELECT v FROM ks.t WHERE k = ${c * 100 + i}`, {}, { stream }),
      })),
    )
    await gate.arrived(6)
    gate.release()
    for (const { k, answer } of asked) expect(rowsOf(await answer).rows[0]?.[0]?.readInt32BE(0)).toBe(k)
  })

  it('may be as large as a frame can be read', async () => {
    await using fixture = await ProxyFixture.start()
    const cell = Buffer.alloc(20 * MIB, 0x65)
    fixture.origin.prime(BIG, reply.rows(['big blob'], [[cell]]))
    const client = await fixture.client()
    const [row] = rowsOf(await client.query(BIG)).rows
    expect(row?.[0]?.equals(cell)).toBe(true)
  })
})

it('asks nothing of a client but STARTUP before it may send what it likes', async () => {
  await using fixture = await ProxyFixture.start()
  const client = await fixture.socket()
  const frames = [
    encodeRequest(startup, { options: { CQL_VERSION: '3.0.0' } }, { version: 4, stream: 1 }),
    encodeRequest(query, { query: SELECT, parameters: { consistency: Consistency.ONE } }, { version: 4, stream: 2 }),
  ]
  const [first, second] = [client.expect(1), client.expect(2)]
  const bytes = Buffer.concat(frames)
  // The second frame's header comes with the first frame, its body later.
  client.write(bytes.subarray(0, (frames[0]?.length ?? 0) + HEADER_BYTES))
  expect((await first).header.opcode).toBe(Opcode.READY)
  client.write(bytes.subarray((frames[0]?.length ?? 0) + HEADER_BYTES))
  expect(resultOf(await second).kind).toBe('rows')
})

import {
  type Batch,
  batch,
  Consistency,
  ErrorCode,
  encodeFrame,
  encodeRequest,
  errorCodeName,
  execute,
  HEADER_BYTES,
  HeaderFlag,
  Opcode,
  options,
  prepare,
  type QueryParameters,
  query,
  ready,
  register,
  startup,
  supported,
} from '@zdmkit/protocol'
import { eventually, hex } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { type Answer, errorOf, type RawClient, resultOf } from '../support/raw-client.ts'

const INSERT = 'INSERT INTO ks.t (k) VALUES (?)'
const SELECT = 'SELECT v FROM ks.t'

/** A body with everything that one can have. */
const parameters: QueryParameters = {
  consistency: Consistency.QUORUM,
  values: [hex('0102'), null, undefined],
  names: ['a', 'bc', ''],
  pageSize: 10,
  pagingState: hex('0a0b0c'),
  serialConsistency: Consistency.SERIAL,
  timestamp: 1n,
}

async function frames(client: RawClient): Promise<readonly [string, Buffer][]> {
  const id = await client.prepareId(INSERT)
  const message: Batch = {
    type: 0,
    statements: [
      { query: INSERT, values: [hex('01')] },
      { id, values: [hex('02'), null] },
    ],
    consistency: Consistency.ONE,
    serialConsistency: Consistency.SERIAL,
    timestamp: 2n,
  }
  const at = { version: 4, stream: 123 } as const
  const customPayload = { key: hex('01'), none: null }
  return [
    ['QUERY', encodeRequest(query, { query: INSERT, parameters }, at)],
    ['EXECUTE', encodeRequest(execute, { id, parameters }, at)],
    ['BATCH', encodeRequest(batch, message, at)],
    ['PREPARE', encodeRequest(prepare, { query: INSERT }, at)],
    ['EXECUTE', encodeRequest(execute, { id, parameters }, { ...at, customPayload })],
    ['BATCH', encodeRequest(batch, message, { ...at, customPayload })],
  ]
}

/** The frame with this body instead. */
function withBody(frame: Buffer, body: Buffer): Buffer {
  const header = Buffer.from(frame.subarray(0, HEADER_BYTES))
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

function expectProtocolError(answer: Answer, message: RegExp): void {
  expect(answer.header.stream).toBe(123)
  const error = errorOf(answer)
  expect(errorCodeName(error.code)).toBe('PROTOCOL_ERROR')
  expect(error.message).toMatch(message)
}

describe('a malformed body', () => {
  it('is answered on its stream, wherever it is cut or goes on, reaches no cluster and disturbs no neighbour', async () => {
    await using fixture = await ProxyFixture.start()
    const [client, neighbour] = [await fixture.client(), await fixture.client()]
    const gate = fixture.origin.hold(SELECT)
    const waiting = neighbour.query(SELECT)
    await gate.arrived()
    const before = fixture.servers.map(({ requests }) => requests.length)
    const whole = await frames(client)
    const prepared = fixture.servers.map(({ requests }) => requests.length)
    let count = 0
    for (const [name, frame] of whole) {
      const body = frame.subarray(HEADER_BYTES)
      const bad: Buffer[] = [Buffer.concat([body, hex('00')]), Buffer.concat([body, body])]
      for (let end = 0; end < body.length; end++) bad.push(body.subarray(0, end))
      for (const one of bad) {
        expectProtocolError(await client.askFrame(withBody(frame, one)), new RegExp(`^malformed ${name}: `))
        count++
      }
    }
    expect(count).toBeGreaterThan(400)
    // Only the one PREPARE that the frames needed went to the clusters.
    expect(fixture.servers.map(({ requests }) => requests.length)).toStrictEqual(prepared)
    expect(prepared.map((now, i) => now - (before[i] ?? 0))).toStrictEqual([1, 1])
    gate.release()
    expect(resultOf(await waiting).kind).toBe('rows')
    for (const one of [client, neighbour])
      expect(resultOf(await one.query('INSERT INTO ks.t (k) VALUES (1)')).kind).toBe('void')
  })

  it.each<[string, number, Buffer]>([
    ['a QUERY whose text has a negative length', Opcode.QUERY, hex('ffffffff', '0001 00')],
    ['a QUERY whose text is longer than 2 GiB', Opcode.QUERY, hex('7fffffff', '0001 00')],
    ['a QUERY with a flag of version 5', Opcode.QUERY, hex('00000001 41', '0001 80')],
    ['a QUERY that announces 65,535 values', Opcode.QUERY, hex('00000001 41', '0001 01', 'ffff')],
    ['a QUERY with a value of length -3', Opcode.QUERY, hex('00000001 41', '0001 01', '0001 fffffffd')],
    ['an EXECUTE whose id goes beyond its end', Opcode.EXECUTE, hex('ffff 00', '0001 00')],
    ['a BATCH of a type that there is not', Opcode.BATCH, hex('03', '0000', '0001 00')],
    ['a BATCH with a child that is neither text nor id', Opcode.BATCH, hex('00', '0001 02', '0000', '0000', '0001 00')],
    ['a BATCH that announces 65,535 children', Opcode.BATCH, hex('00', 'ffff', '0001 00')],
    ['a BATCH with named values', Opcode.BATCH, hex('00', '0000', '0001 40')],
    ['a PREPARE without a text', Opcode.PREPARE, hex('')],
  ])('is refused: %s', async (_what, opcode, body) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const frame = encodeFrame({ version: 4, isResponse: false, flags: 0, stream: 123, opcode, body })
    expectProtocolError(await client.askFrame(frame), /^malformed /)
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
  })

  it('is refused: OPTIONS with a body, REGISTER that is cut', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const whole = encodeRequest(register, { eventTypes: ['SCHEMA_CHANGE'] }, { version: 4, stream: 123 })
    for (let end = HEADER_BYTES; end < whole.length; end++) {
      expectProtocolError(
        await client.askFrame(withBody(whole, whole.subarray(HEADER_BYTES, end))),
        /^malformed REGISTER: /,
      )
    }
    expectProtocolError(await client.askFrame(hex('04 00 007b 05 00000001 00')), /^malformed OPTIONS: it has a body$/)
  })
})

describe('a header', () => {
  it.each([
    ['compressed', HeaderFlag.COMPRESSED, 4],
    ['a warning', HeaderFlag.WARNING, 4],
    ['beta', 0x10, 4],
    ['a flag that there is not', 0x80, 4],
    ['a custom payload in version 3', HeaderFlag.CUSTOM_PAYLOAD, 3],
  ] as const)(
    'that says %s is refused on its stream, as the body behind it cannot be walked',
    async (_what, flags, version) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client({ version })
      for (const opcode of [
        Opcode.QUERY,
        Opcode.EXECUTE,
        Opcode.BATCH,
        Opcode.PREPARE,
        Opcode.OPTIONS,
        Opcode.REGISTER,
      ]) {
        const frame = encodeFrame({ version, isResponse: false, flags, stream: 123, opcode, body: Buffer.alloc(20) })
        expectProtocolError(
          await client.askFrame(frame),
          new RegExp(`^header flags 0x${flags.toString(16)} are not supported here$`),
        )
      }
      for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
    },
  )

  it.each([-1, -2, -32768])('with stream %i is refused on it', async (stream) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const answer = await client.query(SELECT, {}, { stream })
    expect(errorOf(answer)).toStrictEqual({ code: ErrorCode.PROTOCOL_ERROR, message: `negative stream id ${stream}` })
    for (const server of fixture.servers) expect(fixture.requests(server)).toStrictEqual([])
  })

  it.each([
    ['READY', Opcode.READY],
    ['RESULT', Opcode.RESULT],
    ['EVENT', Opcode.EVENT],
    ['an opcode that there is not', 0x44],
  ])('with %s is refused on its stream', async (_name, opcode) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const frame = encodeFrame({ version: 4, isResponse: false, flags: 0, stream: 123, opcode, body: Buffer.alloc(0) })
    expectProtocolError(await client.askFrame(frame), /^unexpected .* on a connection that is logged in$/)
  })

  it('with a second STARTUP is refused, and the client is served on', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const answer = await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } }, { stream: 123 })
    expectProtocolError(answer, /^unexpected STARTUP on a connection that is logged in$/)
    expect(resultOf(await client.query(SELECT)).kind).toBe('rows')
  })
})

describe('OPTIONS and REGISTER', () => {
  it('are answered by the proxy and never reach a shared connection', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const before = fixture.servers.map(({ requests }) => requests.length)
    const answer = await client.ask(options, {})
    expect(supported.decode(answer.body, 4).options).toMatchObject({
      COMPRESSION: [],
      PROTOCOL_VERSIONS: ['3/v3', '4/v4'],
    })
    const registered = await client.ask(register, { eventTypes: ['SCHEMA_CHANGE', 'STATUS_CHANGE', 'TOPOLOGY_CHANGE'] })
    expect([registered.header.opcode, ready.decode(registered.body, 4)]).toStrictEqual([Opcode.READY, {}])
    expect(fixture.servers.map(({ requests }) => requests.length)).toStrictEqual(before)
  })
})

describe('requests in flight', () => {
  it('are bounded for each client: one more is OVERLOADED and says the bound, the neighbour is served', async () => {
    await using fixture = await ProxyFixture.start({ options: { streamIdsMax: 3 } })
    const [client, neighbour] = [await fixture.client(), await fixture.client()]
    const gate = fixture.origin.hold(SELECT)
    const answers = [1, 2, 3].map(() => client.query(SELECT))
    await gate.arrived(3)
    for (const refused of [await client.query('INSERT INTO ks.t (k) VALUES (1)'), await client.prepare(INSERT)]) {
      expect(errorOf(refused)).toStrictEqual({
        code: ErrorCode.OVERLOADED,
        message: '3 requests of this connection are in flight, the most that proxy_max_stream_ids allows',
      })
    }
    expect(resultOf(await neighbour.query('INSERT INTO ks.t (k) VALUES (2)')).kind).toBe('void')
    gate.release(1)
    await answers[0]
    expect(resultOf(await client.query('INSERT INTO ks.t (k) VALUES (3)')).kind).toBe('void')
    gate.release()
    await Promise.all(answers)
    expect(fixture.target.find(/INSERT/).map(({ text }) => text.slice(-2, -1))).toStrictEqual(['2', '3'])
  })
})

describe('bytes of a client', () => {
  it('may come one by one', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    const frame = encodeRequest(
      execute,
      { id, parameters: { consistency: Consistency.ONE, values: [hex('01')] } },
      { version: 4, stream: 99 },
    )
    const answer = client.expect(99)
    for (const byte of frame) {
      client.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
  })

  it('may hold many requests, and end in the middle of one', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const all = Array.from({ length: 500 }, (_, i) =>
      encodeRequest(
        query,
        { query: `INSERT INTO ks.t (k) VALUES (${i})`, parameters: { consistency: Consistency.ONE } },
        { version: 4, stream: i + 1 },
      ),
    )
    const answers = all.map((_frame, i) => client.expect(i + 1))
    const bytes = Buffer.concat(all)
    for (let at = 0; at < bytes.length; at += 7_919) client.write(bytes.subarray(at, at + 7_919))
    for (const answer of answers) expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) {
      expect(server.find(/INSERT/).map(({ text }) => Number(/\d+/.exec(text)?.[0]))).toStrictEqual(
        all.map((_frame, i) => i),
      )
    }
  })

  it('may stop in the middle of a frame: nothing of it is sent on', async () => {
    await using fixture = await ProxyFixture.start()
    const [client, neighbour] = [await fixture.client(), await fixture.client()]
    const frame = encodeRequest(query, { query: INSERT, parameters }, { version: 4, stream: 1 })
    for (const end of [1, HEADER_BYTES - 1, HEADER_BYTES, frame.length - 1]) {
      const half = await fixture.client()
      half.write(frame.subarray(0, end))
      await half.close()
    }
    client.write(frame.subarray(0, 20))
    expect(resultOf(await neighbour.query('INSERT INTO ks.t (k) VALUES (1)')).kind).toBe('void')
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 2)
    for (const server of fixture.servers) expect(fixture.requests(server)).toHaveLength(1)
  })

  it('may be a large frame in many pieces', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const values = [Buffer.alloc(5 * 1024 * 1024, 0x64)]
    expect(resultOf(await client.query(INSERT, { values })).kind).toBe('void')
    for (const server of fixture.servers) {
      const [received] = server.find(INSERT)
      expect(received?.type === 'query' && received.message.parameters.values?.[0]?.equals(values[0] ?? hex(''))).toBe(
        true,
      )
    }
  })
})

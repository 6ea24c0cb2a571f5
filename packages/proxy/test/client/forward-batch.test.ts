import { createHash } from 'node:crypto'
import { type Batch, batch, Consistency, ErrorCode, HeaderFlag } from '@zdmkit/protocol'
import { hex, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { frameLike, timestampOf } from '../support/frames.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf } from '../support/raw-client.ts'

const CONSISTENCY = Consistency.LOCAL_QUORUM
const PREPARED = ['INSERT INTO ks.t (k, v) VALUES (?, ?)', 'DELETE FROM ks.t WHERE k = ?']
const FUNCTION = 'INSERT INTO ks.t (k, id) VALUES (?, uuid())'

function isBatch({ type }: { type: string }): boolean {
  return type === 'batch'
}

function serverId(server: ScriptedServer, text: string): Buffer {
  return createHash('md5').update(`${server.name}\0\0${text}`).digest()
}

describe('a BATCH', () => {
  it.each([3, 4] as const)(
    'of texts and prepared ids reaches both clusters byte by byte, but for stream, ids and time, in version %i',
    async (version) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client({ version })
      const [insert = Buffer.alloc(0), remove = Buffer.alloc(0)] = [
        await client.prepareId(PREPARED[0] ?? ''),
        await client.prepareId(PREPARED[1] ?? ''),
      ]
      const make = (first: Buffer, second: Buffer): Batch => ({
        type: 1,
        statements: [
          { id: first, values: [hex('01'), null] },
          { query: "INSERT INTO ks.t (k, v) VALUES (2, 'ä')", values: [] },
          { id: second, values: [Buffer.alloc(0)] },
          { query: 'UPDATE ks.t SET v = ? WHERE k = ?', values: [hex('0102'), hex('03')] },
          { id: first, values: [hex('04'), Buffer.alloc(70_000, 0x63)] },
        ],
        consistency: Consistency.EACH_QUORUM,
        serialConsistency: Consistency.LOCAL_SERIAL,
      })
      expect(resultOf(await client.ask(batch, make(insert, remove)))).toStrictEqual({ kind: 'void' })
      const times = fixture.servers.map((server) => timestampOf(server.find(isBatch)[0]))
      expect([typeof times[0], times[1]]).toStrictEqual(['bigint', times[0]])
      for (const server of fixture.servers) {
        const [received] = server.find(isBatch)
        const message = make(serverId(server, PREPARED[0] ?? ''), serverId(server, PREPARED[1] ?? ''))
        expect(received?.frame).toStrictEqual(
          frameLike(received, batch, { ...message, timestamp: times[0] ?? 0n }, { version }),
        )
      }
    },
  )

  it('with a timestamp, a custom payload and no id is forwarded without any change but the stream', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const message: Batch = {
      type: 0,
      statements: [{ query: 'INSERT INTO ks.t (k) VALUES (?)', values: [undefined] }],
      consistency: CONSISTENCY,
      timestamp: 7n,
    }
    const options = { customPayload: { 'request-id': hex('0102') }, flags: HeaderFlag.TRACING }
    await client.ask(batch, message, options)
    for (const server of fixture.servers) {
      const [received] = server.find(isBatch)
      expect(received?.frame).toStrictEqual(frameLike(received, batch, message, options))
    }
  })

  it('finds the ids behind a custom payload', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(PREPARED[1] ?? '')
    await client.batch([{ id, values: [hex('01')] }], {}, { customPayload: { key: Buffer.from('value') } })
    for (const server of fixture.servers) expect(server.find(isBatch)).toMatchObject([{ texts: [PREPARED[1]] }])
  })

  it('with functions in texts and prepared children has them replaced, in place, and all else as it was', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const [plain, calling] = [await client.prepareId(PREPARED[0] ?? ''), await client.prepareId(FUNCTION)]
    const values = [hex('01'), hex('02')]
    await client.batch(
      [
        { id: plain, values },
        { query: 'INSERT INTO ks.t (k) VALUES (now())', values: [] },
        { id: calling, values: [hex('03')] },
        { query: 'DELETE FROM ks.t WHERE k = ?', values: [hex('04')] },
        { id: plain, values },
      ],
      { type: 1, serialConsistency: Consistency.SERIAL },
    )
    const messages = fixture.servers.map((server) => {
      const [received] = server.find(isBatch)
      if (received?.type !== 'batch') throw new Error('no batch came')
      const { statements } = received.message
      expect(statements.map((child) => ('id' in child ? child.id : 'text'))).toStrictEqual([
        serverId(server, PREPARED[0] ?? ''),
        'text',
        'text',
        'text',
        serverId(server, PREPARED[0] ?? ''),
      ])
      expect(statements.map((child) => child.values)).toStrictEqual([values, [], [hex('03')], [hex('04')], values])
      expect(received.message).toMatchObject({
        type: 1,
        consistency: CONSISTENCY,
        serialConsistency: Consistency.SERIAL,
      })
      return { texts: received.texts, time: received.message.timestamp }
    })
    expect(messages[0]).toStrictEqual(messages[1])
    expect(messages[0]?.texts[1]).toMatch(/^INSERT INTO ks\.t \(k\) VALUES \([0-9a-f-]{36}\)$/)
    expect(messages[0]?.texts[2]).toMatch(/^INSERT INTO ks\.t \(k, id\) VALUES \(\?, [0-9a-f-]{36}\)$/)
  })

  it.each([
    ['of counters', { type: 2 as const }, 'UPDATE ks.c SET n = n + 1 WHERE k = 1'],
    ['with a conditional child', {}, 'INSERT INTO ks.t (k) VALUES (1) IF NOT EXISTS'],
  ])('%s gets no time', async (_what, parts, text) => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(text)
    await client.batch([{ query: text, values: [] }], parts)
    await client.batch([{ id, values: [] }], parts)
    for (const server of fixture.servers) {
      expect(server.find(isBatch).map(timestampOf)).toStrictEqual([undefined, undefined])
    }
  })

  it('without children is a batch too', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    expect(resultOf(await client.batch([]))).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) expect(server.find(isBatch)).toHaveLength(1)
  })

  it('with an id that the proxy does not know is UNPREPARED with that id, and no cluster is asked', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const known = await client.prepareId(PREPARED[1] ?? '')
    const unknown = Buffer.alloc(16, 5)
    const answer = await client.batch([
      { id: known, values: [hex('01')] },
      { id: unknown, values: [] },
    ])
    expect(errorOf(answer)).toStrictEqual({
      code: ErrorCode.UNPREPARED,
      message: `the proxy does not know the prepared statement 0x${'05'.repeat(16)} of this batch; prepare it again`,
      id: unknown,
    })
    for (const server of fixture.servers) expect(server.find(isBatch)).toStrictEqual([])
    expect((await fixture.metrics()).get('zdm_pscache_miss_total')).toBe(1)
  })

  it('goes to one cluster where the routing says so', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    await client.batch([{ query: 'INSERT INTO ks.t (k) VALUES (1)', values: [] }])
    expect(fixture.servers.map((server) => server.find(isBatch).length)).toStrictEqual([1, 0])
  })

  it('of many children arrives whole', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(PREPARED[1] ?? '')
    const children = Array.from({ length: 5_000 }, (_, i) => {
      const values = [hex(i.toString(16).padStart(8, '0'))]
      return i % 3 === 0 ? { query: FUNCTION, values } : { id, values }
    })
    expect(resultOf(await client.batch(children))).toStrictEqual({ kind: 'void' })
    for (const server of fixture.servers) {
      const [received] = server.find(isBatch)
      const bound = received?.type === 'batch' ? received.message.statements.map(({ values }) => values[0]) : []
      expect(bound).toStrictEqual(children.map(({ values }) => values[0]))
      expect(received?.texts.filter((text) => text === PREPARED[1])).toHaveLength(3_333)
    }
  })
})

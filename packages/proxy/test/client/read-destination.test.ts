import { Consistency, ErrorCode, encodeRequest, execute, query } from '@zdmkit/protocol'
import { type CellValue, hex, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { PAGING_TAG_BYTES } from '../../src/client/paging-tag.ts'
import type { Routing } from '../../src/routing/routing.ts'
import { frameLike } from '../support/frames.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { type Answer, errorOf, type RawClient, resultOf, rowsOf } from '../support/raw-client.ts'

const SCAN = 'SELECT v FROM ks.t'
const BY_KEY = 'SELECT v FROM ks.t WHERE k = ?'
const PAGES = 50

/** Rows of 50 pages of a cluster, a few of them empty as those of real servers may be. */
function pages(server: ScriptedServer): CellValue[][][] {
  return Array.from({ length: PAGES }, (_, i) =>
    i % 7 === 3 ? [] : [[`${server.name} ${i}a`], [`${server.name} ${i}b`]],
  )
}

/** One change of the routing before each page; every kind of change comes often. */
const changes: readonly Partial<Routing>[] = [
  { targetReadPercent: 100 },
  { primary: 'target' },
  { targetReadPercent: 50 },
  { primary: 'origin' },
  { readMode: 'DUAL_ASYNC_ON_SECONDARY' },
  { targetReadPercent: 0 },
  { readMode: 'PRIMARY_ONLY', targetReadPercent: 10 },
]

type Ask = (client: RawClient, pagingState: Buffer | null) => Promise<Answer>

async function ways(client: RawClient): Promise<readonly Ask[]> {
  const id = await client.prepareId(SCAN)
  const parameters = (pagingState: Buffer | null): object => ({ pageSize: 2, ...(pagingState && { pagingState }) })
  return [
    (from, state) => from.query(SCAN, parameters(state)),
    (from, state) => from.execute(id, [], parameters(state)),
  ]
}

describe('a paged read', () => {
  it.each(['QUERY', 'EXECUTE'] as const)(
    'of 50 pages stays on the cluster of its first page, whatever the routing says at each page: %s',
    async (kind) => {
      for (const first of ['origin', 'target'] as const) {
        await using fixture = await ProxyFixture.start()
        for (const server of fixture.servers) {
          server.describePrepared(SCAN, { columns: ['v text'] })
          server.primePages(SCAN, { columns: ['v text'], pages: pages(server) })
        }
        const client = await fixture.client()
        const ask = (await ways(client))[kind === 'QUERY' ? 0 : 1] as Ask
        fixture.proxy.changeRouting({ primary: first })
        const rows: string[] = []
        let state: Buffer | null = null
        let count = 0
        do {
          const { rows: page, metadata } = rowsOf(await ask(client, state))
          rows.push(...page.map(([cell]) => String(cell)))
          state = metadata.pagingState
          fixture.proxy.changeRouting(changes[count % changes.length])
          count++
        } while (state !== null && count <= PAGES)
        const expected = pages(fixture[first]).flat(2)
        expect([count, rows]).toStrictEqual([PAGES, expected])
      }
    },
  )

  it('gives the cluster its own state back, byte by byte, and the rest of the request as it was', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 100 } })
    const own = Buffer.from('the state of the target')
    fixture.target.prime(BY_KEY, reply.rows(['v text'], [['x']], { pagingState: own }))
    const client = await fixture.client()
    const { pagingState } = rowsOf(await client.query(BY_KEY, { values: [hex('01')] })).metadata
    expect(pagingState?.length).toBe(own.length + PAGING_TAG_BYTES)
    fixture.proxy.changeRouting({ targetReadPercent: 0 })
    const parameters = {
      consistency: Consistency.TWO,
      values: [hex('01'), null],
      skipMetadata: true,
      pageSize: 7,
      serialConsistency: Consistency.SERIAL,
      timestamp: 3n,
    }
    const customPayload = { key: hex('01') }
    await client.ask(
      query,
      { query: BY_KEY, parameters: { ...parameters, pagingState: pagingState ?? own } },
      { customPayload },
    )
    const received = fixture.target.find(BY_KEY)[1]
    const message = { query: BY_KEY, parameters: { ...parameters, pagingState: own } }
    expect(received?.frame).toStrictEqual(frameLike(received, query, message, { customPayload }))
    expect(fixture.origin.find(BY_KEY)).toStrictEqual([])
  })

  it.each([
    ['an untagged one', Buffer.from('a state from before the proxy')],
    ['one of a tag that names no cluster', hex('7a646d01 07', '616263')],
    ['one byte', hex('00')],
  ])('with a state that is none of the proxy’s, %s, goes to the primary as it is', async (_what, pagingState) => {
    for (const primary of ['origin', 'target'] as const) {
      await using fixture = await ProxyFixture.start({
        routing: { primary, targetReadPercent: primary === 'origin' ? 100 : 0 },
      })
      const client = await fixture.client()
      const id = await client.prepareId(BY_KEY)
      await client.query(SCAN, { pagingState })
      await client.execute(id, [hex('01')], { pagingState })
      const found = fixture[primary].find(/^SELECT v/)
      expect(found.map((one) => 'parameters' in one.message && one.message.parameters.pagingState)).toStrictEqual([
        pagingState,
        pagingState,
      ])
      expect(fixture[primary === 'origin' ? 'target' : 'origin'].find(/^SELECT v/)).toStrictEqual([])
    }
  })

  it('with an empty or null state begins anew', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 100 } })
    const client = await fixture.client()
    await client.query(SCAN, { pagingState: Buffer.alloc(0) })
    const parameters = { consistency: Consistency.ONE, pagingState: Buffer.alloc(0) }
    const frame = encodeRequest(query, { query: SCAN, parameters }, { version: 4, stream: 5 })
    frame.writeInt32BE(-1, frame.length - 4)
    expect(resultOf(await client.askFrame(frame)).kind).toBe('rows')
    expect(fixture.target.find(SCAN)).toHaveLength(2)
  })

  it('is not compared after its first page', async () => {
    await using fixture = await ProxyFixture.start({ routing: { readMode: 'DUAL_ASYNC_ON_SECONDARY' } })
    for (const server of fixture.servers)
      server.primePages(SCAN, { columns: ['v text'], pages: pages(server).slice(0, 3) })
    const client = await fixture.client()
    const { pagingState } = rowsOf(await client.query(SCAN)).metadata
    await client.query(SCAN, { pagingState: pagingState ?? hex('') })
    expect([fixture.origin.find(SCAN).length, fixture.target.find(SCAN).length]).toStrictEqual([2, 1])
  })

  it('of a system table stays on its cluster too', async () => {
    await using fixture = await ProxyFixture.start({ options: { systemQueries: 'target' } })
    const text = 'SELECT role FROM system_auth.roles'
    for (const server of fixture.servers)
      server.primePages(text, { columns: ['role text'], pages: pages(server).slice(0, 2) })
    const client = await fixture.client()
    const first = rowsOf(await client.query(text))
    const second = rowsOf(await client.query(text, { pagingState: first.metadata.pagingState ?? hex('') }))
    expect([...first.rows, ...second.rows].map(String)).toStrictEqual(pages(fixture.target).slice(0, 2).flat(2))
  })

  it.each([
    ['QUERY', 'origin'],
    ['QUERY', 'target'],
    ['EXECUTE', 'origin'],
    ['EXECUTE', 'target'],
  ] as const)(
    'of what both clusters are asked, such as DESCRIBE, goes on where its answer came from: %s, %s',
    async (kind, primary) => {
      await using fixture = await ProxyFixture.start({ routing: { primary } })
      const text = 'DESCRIBE CLUSTER'
      for (const server of fixture.servers) {
        server.describePrepared(text, { columns: ['v text'] })
        server.primePages(text, { columns: ['v text'], pages: pages(server).slice(0, 3) })
      }
      const client = await fixture.client()
      const id = kind === 'EXECUTE' ? await client.prepareId(text) : null
      const rows: string[] = []
      let state: Buffer | null = null
      do {
        const parameters = state ? { pagingState: state } : {}
        const page = rowsOf(await (id ? client.execute(id, [], parameters) : client.query(text, parameters)))
        rows.push(...page.rows.map(String))
        state = page.metadata.pagingState
      } while (state !== null)
      expect(rows).toStrictEqual(pages(fixture[primary]).slice(0, 3).flat(2))
      for (const server of fixture.servers) expect(server.find(text)).toHaveLength(server.name === primary ? 3 : 1)
    },
  )

  it('gets the cluster’s own error for a state that it cannot read', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.origin.primePages(SCAN, { columns: ['v text'], pages: pages(fixture.origin) })
    const client = await fixture.client()
    expect(errorOf(await client.query(SCAN, { pagingState: hex('010203') })).code).toBe(ErrorCode.PROTOCOL_ERROR)
  })
})

/** Which of 200 keys are read from the target. */
async function moved(
  fixture: ProxyFixture,
  client: RawClient,
  ask: (key: Buffer) => Promise<Answer>,
): Promise<Set<number>> {
  const before = fixture.target.requests.length
  for (let i = 0; i < 200; i++) resultOf(await ask(hex(i.toString(16).padStart(8, '0'))))
  expect(client.inFlight).toBe(0)
  const keys = fixture.target.requests.slice(before).flatMap((request) => {
    if (request.type !== 'execute' && request.type !== 'query') return []
    return request.message.parameters.values?.[0]?.readInt32BE(0) ?? []
  })
  return new Set(keys)
}

describe('targetReadPercent', () => {
  it('reads the same key from the same cluster, moves keys to the target only, and as many as it says', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const id = await client.prepareId(BY_KEY)
    const ask = (key: Buffer): Promise<Answer> => client.execute(id, [key])
    let before = new Set<number>()
    for (const targetReadPercent of [0, 10, 50, 90, 100]) {
      fixture.proxy.changeRouting({ targetReadPercent })
      const now = await moved(fixture, client, ask)
      expect(await moved(fixture, client, ask)).toStrictEqual(now)
      for (const key of before) expect(now.has(key)).toBe(true)
      expect(Math.abs(now.size / 2 - targetReadPercent)).toBeLessThan(10)
      before = now
    }
    expect(before.size).toBe(200)
  })

  it('is of the partition key by its place among the values, whatever else is bound', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 50 } })
    const text = 'SELECT v FROM ks.t WHERE c > ? AND a = ? AND b = ? LIMIT ?'
    for (const server of fixture.servers) {
      server.describePrepared(text, { variables: ['c int', 'a int', 'b int', 'l int'], pkIndices: [1, 2] })
    }
    const client = await fixture.client()
    const id = await client.prepareId(text)
    const sides = new Map<string, Set<string>>()
    for (let i = 0; i < 100; i++) {
      const [a, b] = [hex((i % 10).toString(16).padStart(8, '0')), hex((i % 5).toString(16).padStart(8, '0'))]
      const other = hex(i.toString(16).padStart(8, '0'))
      const before = fixture.target.find(text).length
      await client.execute(id, [other, a, b, other], i % 2 ? { pageSize: i } : { consistency: Consistency.ONE })
      const side = fixture.target.find(text).length > before ? 'target' : 'origin'
      const key = `${a.toString('hex')} ${b.toString('hex')}`
      sides.set(key, (sides.get(key) ?? new Set()).add(side))
    }
    expect([...sides.values()].every((found) => found.size === 1)).toBe(true)
    expect(new Set([...sides.values()].map(([side]) => side))).toStrictEqual(new Set(['origin', 'target']))
  })

  it.each([
    ['a QUERY by text and values', (client: RawClient, key: Buffer) => client.query(BY_KEY, { values: [key] })],
    [
      'a QUERY by its names',
      (client: RawClient, key: Buffer) =>
        client.query('SELECT v FROM ks.t WHERE k = :k', { values: [key], names: ['k'] }),
    ],
    [
      'an EXECUTE with names',
      async (client: RawClient, key: Buffer) =>
        client.execute(await client.prepareId('SELECT v FROM ks.t WHERE k = :k'), [key], { names: ['k'] }),
    ],
  ])('is stable for %s, where the key is not known', async (_what, ask) => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 50 } })
    const [client, other] = [await fixture.client(), await fixture.client()]
    const first = await moved(fixture, client, (key) => ask(client, key))
    expect(await moved(fixture, other, (key) => ask(other, key))).toStrictEqual(first)
    expect(first.size).toBeGreaterThan(60)
    expect(first.size).toBeLessThan(140)
  })

  it('of a QUERY does not depend on consistency, page size or a timestamp', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 50 } })
    const client = await fixture.client()
    const plain = await moved(fixture, client, (key) => client.query(BY_KEY, { values: [key] }))
    const parameters = { consistency: Consistency.ONE, pageSize: 5000, skipMetadata: true, timestamp: 5n }
    expect(await moved(fixture, client, (key) => client.query(BY_KEY, { values: [key], ...parameters }))).toStrictEqual(
      plain,
    )
  })

  it('is stable in version 3, where servers do not tell the key’s place', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 50 } })
    const client = await fixture.client({ version: 3 })
    const id = await client.prepareId(BY_KEY)
    const first = await moved(fixture, client, (key) => client.execute(id, [key]))
    expect(
      await moved(fixture, client, (key) => client.ask(execute, { id, parameters: { consistency: 1, values: [key] } })),
    ).toStrictEqual(first)
    expect(first.size).toBeGreaterThan(60)
  })

  it('never hides a key that is null or was left out', async () => {
    await using fixture = await ProxyFixture.start({ routing: { targetReadPercent: 50 } })
    const client = await fixture.client()
    const id = await client.prepareId(BY_KEY)
    for (const values of [[null], [undefined], [], [Buffer.alloc(0)]])
      expect(resultOf(await client.execute(id, values)).kind).toBe('rows')
  })
})

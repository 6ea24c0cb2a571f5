import { eventually, type ReceivedRequest, reply, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { Cluster, RING_END, RING_START, type ScannedRow, type ScanOptions, scanTable, splitRing } from '../src/index.ts'
import { assembleTable } from '../src/schema/table.ts'

const table = assembleTable('ks', 't', { defaultTtlSeconds: 0, gcGraceSeconds: 0, isView: false }, [
  { name: 'k', type: 'int', kind: 'partition_key', position: 0, order: 'none' },
  { name: 'v', type: 'text', kind: 'regular', position: -1, order: 'none' },
])
const SCAN = /^SELECT token\("k"\), "k", "v", WRITETIME\("v"\), TTL\("v"\) FROM "ks"\."t" WHERE token/
const columns = ['t bigint', 'k int', 'v text', 'w bigint', 'l int']
const quick = { policy: { attempts: 3, firstDelayMs: 1, delayMsMax: 1 } }

async function scan(server: ScriptedServer, options: Partial<ScanOptions> = {}): Promise<ScannedRow[][]> {
  await using cluster = await Cluster.connect({
    contactPoints: [server.host],
    port: server.port,
    localDataCenter: null,
  })
  const pages: ScannedRow[][] = []
  for await (const page of scanTable(cluster, table, { writeTimes: true, retry: quick, ...options })) pages.push(page)
  return pages
}

const pageSizesOf = (requests: readonly ReceivedRequest[]) =>
  requests.map((request) => request.type === 'execute' && request.message.parameters.pageSize)

describe('scanTable', () => {
  it('goes over empty pages and gives none of them', async () => {
    await using server = await ScriptedServer.start()
    server.primePages(SCAN, { columns, pages: [[], [[1n, 1, 'a', 5n, null]], [], [[2n, 2, 'b', 6n, 9]]] })
    expect(await scan(server)).toMatchObject([
      [{ token: 1n, cells: [Buffer.from('a')], writeTimes: [5n], ttls: [null] }],
      [{ token: 2n, cells: [Buffer.from('b')], writeTimes: [6n], ttls: [9] }],
    ])
  })

  it('asks for a page again from where it was, not from the beginning', async () => {
    await using server = await ScriptedServer.start()
    server.primePages(SCAN, { columns, pages: [[[1n, 1, 'a', 5n, null]], [[2n, 2, 'b', 6n, null]]] })
    server.prime(SCAN, (request) => (server.find(SCAN).indexOf(request) % 2 === 1 ? reply.error(0x1200) : undefined))
    expect((await scan(server)).flat().map(({ token }) => token)).toStrictEqual([1n, 2n])
    expect(server.find(SCAN)).toHaveLength(3)
  })

  it('covers the ring by its ranges: the first from the smallest token, inclusive', async () => {
    await using server = await ScriptedServer.start()
    server.prime(SCAN, reply.rows(columns, []))
    await scan(server, { ranges: splitRing(2) })
    const bounds = server.find(SCAN).map((request) => {
      const values = request.type === 'execute' ? request.message.parameters.values : []
      return [request.text.includes('>= ?'), ...(values ?? []).map((value) => value?.readBigInt64BE())]
    })
    expect(bounds).toStrictEqual([
      [true, RING_START + 1n, -1n],
      [false, -1n, RING_END],
    ])
  })

  it('asks for fewer rows a page where rows are large, and for one at least', async () => {
    await using server = await ScriptedServer.start()
    const row = (bytes: number) => [1n, 1, 'x'.repeat(bytes - 28), 5n, 60]
    server.primePages(SCAN, { columns, pages: [[row(1000)], [row(100)], [row(100_000)], []] })
    await scan(server, { pageBytes: 10_000, pageSize: 80 })
    expect(pageSizesOf(server.find(SCAN))).toStrictEqual([80, 10, 80, 1])
  })

  it('refuses a partitioner whose tokens it cannot count, and ranges beyond the ring', async () => {
    await using server = await ScriptedServer.start()
    await expect(scan(server, { ranges: [{ start: 5n, end: 5n }] })).rejects.toMatchObject({
      code: 'CLUSTER_BAD_RANGE',
    })
    server.prime(/partitioner FROM system\.local/, (request) => {
      expect(request.type).toBe('query')
      return reply.rows(
        ['a text', 'b text', 'c text', 'd text'],
        [['C', 'datacenter1', '4.0.18', 'org.apache.cassandra.dht.RandomPartitioner']],
      )
    })
    await expect(scan(server)).rejects.toMatchObject({ code: 'CLUSTER_UNSUPPORTED_PARTITIONER' })
  })

  it('ends at an abort between pages', async () => {
    await using server = await ScriptedServer.start()
    server.primePages(SCAN, { columns, pages: [[[1n, 1, 'a', 5n, null]], [[2n, 2, 'b', 6n, null]]] })
    const abort = new AbortController()
    await using cluster = await Cluster.connect({
      contactPoints: [server.host],
      port: server.port,
      localDataCenter: null,
    })
    const pages = scanTable(cluster, table, { writeTimes: true, signal: abort.signal })
    expect((await pages.next()).value).toHaveLength(1)
    abort.abort()
    await expect(pages.next()).rejects.toMatchObject({ name: 'AbortError' })
    await eventually(() => expect(server.find(SCAN)).toHaveLength(1), { timeoutMs: 100, everyMs: 10 })
  })
})

import { ProgressEmitter, type ProgressEvent } from '@zdmkit/runtime'
import { eventually, type ReceivedRequest, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { type BackfillContext, type BackfillOptions, type BackfillReport, runBackfill } from '../src/index.ts'
import { RoutingServer } from './support/routing-server.ts'
import { type Item, type ScriptedPair, startPair } from './support/scripted-pair.ts'

const FENCE = BigInt(Date.now()) * 1000n - 60_000_000n
const WRITES = /^(INSERT|UPDATE)/
/** Native protocol v4, section 9. */
const [OVERLOADED, WRITE_TIMEOUT, READ_TIMEOUT, INVALID] = [0x1001, 0x1100, 0x1200, 0x2200] as const
const items = (from: number, count: number): Item[] =>
  Array.from({ length: count }, (_, i): Item => [from + i, `value ${from + i}`, FENCE - 5n])

function backfill(pair: ScriptedPair, options: Partial<BackfillOptions> = {}, context: BackfillContext = {}) {
  const { origin, target } = pair
  return runBackfill(
    {
      origin,
      target,
      keyspace: 'shop',
      tables: ['items'],
      gate: 'offline',
      fenceMicros: FENCE,
      rangesPerTable: 1,
      retry: { attempts: 4, firstDelayMs: 1, delayMsMax: 4 },
      ...options,
    },
    context,
  )
}

describe('runBackfill against scripted servers', () => {
  it('copies the rows of every page, also of those after an empty page', async () => {
    await using pair = await startPair([items(0, 3), [], [], items(3, 2), []])
    const report = await backfill(pair)
    expect(report).toMatchObject({ outcome: 'complete', rowsRead: 5, rowsWritten: 5, bytes: 5 * (4 + 7) })
    expect(idsOf(pair.targetServer.find(WRITES))).toStrictEqual([0, 1, 2, 3, 4])
    expect([...pair.originServer.violations, ...pair.targetServer.violations]).toStrictEqual([])
  })

  it('sends no write without USING TIMESTAMP, and none with a second timestamp beside it', async () => {
    await using pair = await startPair([
      [...items(0, 3), [3, null, null], [4, 'newer', FENCE + 9n], [5, 'ends', FENCE, 60]],
    ])
    await backfill(pair)
    const writes = pair.targetServer.find(
      ({ type, text }) => type !== 'prepare' && /INSERT|UPDATE|DELETE|BATCH/i.test(text),
    )
    expect(writes).toHaveLength(6)
    for (const request of writes) {
      for (const text of request.texts) expect(text).toContain('USING TIMESTAMP ? AND TTL ?')
      if (request.type === 'execute') expect(request.message.parameters.timestamp).toBeUndefined()
      if (request.type === 'batch') expect(request.message.timestamp).toBeUndefined()
    }
  })

  it('reads and writes at LOCAL_QUORUM unless told otherwise', async () => {
    await using pair = await startPair([items(0, 1)])
    await backfill(pair)
    await backfill(pair, { readConsistency: 'ALL', writeConsistency: 'EACH_QUORUM' })
    const levels = (requests: ReceivedRequest[]) =>
      requests.map((request) => request.type === 'execute' && request.message.parameters.consistency)
    expect(levels(pair.originServer.find(/^SELECT token/))).toStrictEqual([6, 5])
    expect(levels(pair.targetServer.find(WRITES))).toStrictEqual([6, 7])
  })

  it('asks again after time-outs, overload and lost connections, on both sides', async () => {
    await using pair = await startPair([items(0, 2), items(2, 2)])
    pair.originServer.prime(/^SELECT token/, reply.error(READ_TIMEOUT), { times: 2 })
    pair.targetServer.prime(WRITES, reply.error(WRITE_TIMEOUT), { times: 2 })
    pair.targetServer.prime(WRITES, reply.error(OVERLOADED), { times: 1 })
    const report = await backfill(pair)
    expect(report).toMatchObject({ outcome: 'complete', rowsRead: 4, rowsWritten: 4, rowsFailed: 0 })
    expect(pair.targetServer.find(WRITES)).toHaveLength(7)
  })

  it('corrects the TTL anew at every attempt', async () => {
    await using pair = await startPair([[[1, 'ends', FENCE - 5n, 10]]])
    let nowMs = Date.now()
    pair.targetServer.prime(
      WRITES,
      () => {
        nowMs += 4000
        return reply.error(WRITE_TIMEOUT)
      },
      { times: 2 },
    )
    await backfill(pair, {}, { nowMs: () => nowMs })
    const ttls = pair.targetServer
      .find(WRITES)
      .map((request) => request.type === 'execute' && request.message.parameters.values?.at(-1)?.readInt32BE())
    expect(ttls).toStrictEqual([10, 6, 2])
  })

  it('reports the range whose rows cannot be written, counts every row of it, and goes on with the others', async () => {
    await using pair = await startPair([items(0, 4)])
    const isBad = (request: ReceivedRequest) =>
      request.type === 'execute' && WRITES.test(request.text) && idOf(request) === 2
    pair.targetServer.prime(isBad, reply.error(INVALID, 'Mutation too large'))
    const report = await backfill(pair, { rangesPerTable: 3, concurrency: 1 })
    // Each of the three scripted ranges gives the same four rows.
    expect(report).toMatchObject({ outcome: 'failed', rowsRead: 12, rowsFailed: 3 })
    expectBalance(report)
    expect(report.tables[0]).toMatchObject({ rangesDone: 0, rangesTotal: 3 })
    expect(report.failures).toHaveLength(3)
    expect(report.failures[0]).toMatchObject({
      table: 'items',
      start: '-9223372036854775809',
      code: 'CLUSTER_INVALID',
      message: expect.stringContaining('Mutation too large'),
    })
    expect(JSON.stringify(report)).not.toContain('value 2')
  })

  it('stops reading a range at its first row that cannot be written', async () => {
    await using pair = await startPair([items(0, 5), items(5, 5), items(10, 5)])
    pair.targetServer.prime(WRITES, reply.error(INVALID))
    const report = await backfill(pair, { inFlightRowsMax: 1 })
    expect(report).toMatchObject({ outcome: 'failed', rowsRead: 5, rowsFailed: 5 })
    expect(pair.targetServer.find(WRITES)).toHaveLength(1)
    expect(pair.originServer.find(/^SELECT token/)).toHaveLength(1)
  })

  it('reports a range that cannot be read', async () => {
    await using pair = await startPair([items(0, 4)])
    pair.originServer.prime(/^SELECT token/, reply.error(READ_TIMEOUT))
    const report = await backfill(pair)
    expect(report).toMatchObject({ outcome: 'failed', rowsRead: 0, failures: [{ code: 'CLUSTER_TIMEOUT' }] })
  })

  it('ends early once too many ranges have failed', async () => {
    await using pair = await startPair([items(0, 1)])
    pair.targetServer.prime(WRITES, reply.error(INVALID))
    const report = await backfill(pair, { rangesPerTable: 50, concurrency: 1, failedRangesMax: 3 })
    expect(report.failures).toHaveLength(3)
    expect(report).toMatchObject({ outcome: 'failed', rowsRead: 3, rowsFailed: 3 })
  })

  it('holds no more rows between read and write than it may', async () => {
    await using pair = await startPair([items(0, 50), items(50, 50)])
    const gate = pair.targetServer.hold(WRITES)
    const running = backfill(pair, { inFlightRowsMax: 8 })
    await gate.arrived(8)
    for (let released = 0; released < 92; released += 4) {
      gate.release(4)
      await gate.arrived(12 + released)
      expect(gate.waiting.length).toBeLessThanOrEqual(8)
    }
    gate.release()
    expect(await running).toMatchObject({ outcome: 'complete', rowsWritten: 100 })
  })

  it('ends at an abort with what was in flight settled, and says what it read and did not write', async () => {
    await using pair = await startPair([items(0, 20), items(20, 20)])
    const gate = pair.targetServer.hold(WRITES)
    const abort = new AbortController()
    const running = backfill(pair, { inFlightRowsMax: 5 }, { signal: abort.signal })
    await gate.arrived(5)
    abort.abort()
    gate.release()
    const report = await running
    expectBalance(report)
    expect(report).toMatchObject({ outcome: 'interrupted', failures: [], rowsRead: 20, rowsFailed: 0 })
    expect(report.tables[0]?.rowsSkipped.interrupted).toBeGreaterThanOrEqual(14)
    expect(report.rowsWritten).toBeGreaterThanOrEqual(5)
    await eventually(() => expect(pair.targetServer.find(WRITES).length).toBe(report.rowsWritten), {
      timeoutMs: 1000,
      everyMs: 10,
    })
  })

  it.each([
    ['writes to one cluster again', { writes: 'target' }],
    ['was off in between', { writesChangedAtMicros: '1770000000009000' }],
  ])('says so where the proxy %s', async (_name, change) => {
    await using pair = await startPair([items(0, 1)])
    await using proxy = await RoutingServer.start()
    const gate = { adminUrl: proxy.url, token: proxy.token }
    const beforeWrite = async () => void Object.assign(proxy.routing, change)
    const report = await backfill(pair, { gate, fenceMicros: null }, { beforeWrite })
    expect(report).toMatchObject({ outcome: 'complete', gate: { atEnd: 'not_dual' } })
  })

  it('does not begin where it is aborted before', async () => {
    await using pair = await startPair([items(0, 1)])
    const running = backfill(pair, {}, { signal: AbortSignal.abort(new Error('stop')) })
    await expect(running).rejects.toThrow('stop')
    expect(pair.originServer.find(/^SELECT token/)).toHaveLength(0)
  })

  it('shows rows and an estimate of the rest as it goes', async () => {
    await using pair = await startPair([items(0, 10)])
    const progress = new ProgressEmitter({ intervalMs: 0 })
    const events: ProgressEvent[] = []
    progress.subscribe((event) => events.push(event))
    await backfill(pair, { rangesPerTable: 4, concurrency: 1 }, { progress })
    expect(events[0]).toMatchObject({ kind: 'started', snapshot: { task: 'copy items', done: 0, total: null } })
    expect(events.at(-1)).toMatchObject({ kind: 'finished', snapshot: { done: 40, total: 40, unit: 'rows' } })
    expect(events.some(({ snapshot }) => snapshot.total === 40 && snapshot.done > 10 && snapshot.done < 40)).toBe(true)
  })

  it('keeps to the rate', async () => {
    await using pair = await startPair([items(0, 60)])
    const startedAtMs = performance.now()
    await backfill(pair, { rateLimitRows: 200 })
    // 60 rows at 200 a second, less the tenth of a second that is saved up.
    expect(performance.now() - startedAtMs).toBeGreaterThan(180)
  })

  it.each([
    [{ concurrency: 0 }],
    [{ fetchSize: 1.5 }],
    [{ rangesPerTable: -1 }],
    [{ rateLimitRows: 0 }],
    [{ rateLimitRows: Number.NaN }],
  ] satisfies [Partial<BackfillOptions>][])('refuses %j', async (options) => {
    await using pair = await startPair([])
    await expect(backfill(pair, options)).rejects.toMatchObject({ code: 'BACKFILL_BAD_OPTION' })
  })
})

function idOf(request: ReceivedRequest): number | null {
  if (request.type !== 'execute') return null
  const { values = [] } = request.message.parameters
  // Key first in an INSERT, last in an UPDATE.
  return (request.text.startsWith('INSERT') ? values[0] : values.at(-1))?.readInt32BE() ?? null
}

function idsOf(requests: readonly ReceivedRequest[]): (number | null)[] {
  return requests.map(idOf).sort((left, right) => Number(left) - Number(right))
}

function expectBalance(report: BackfillReport): void {
  for (const { rowsRead, rowsWritten, rowsSkipped, rowsFailed } of report.tables) {
    expect(rowsRead).toBe(rowsWritten + rowsSkipped.expired + rowsSkipped.interrupted + rowsFailed)
  }
}

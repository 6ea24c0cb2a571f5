import { ErrorCode, HeaderFlag } from '@zdmkit/protocol'
import { eventually, hex, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { ClusterName } from '../../src/side.ts'
import { type FixtureOptions, ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, resultOf, rowsOf } from '../support/raw-client.ts'

const READ = 'SELECT v FROM ks.t WHERE k = 1'
const BY_KEY = 'SELECT v FROM ks.t WHERE k = ?'

interface Counts {
  compared: number | undefined
  mismatches: number | undefined
  dropped: number | undefined
}

async function counts(fixture: ProxyFixture): Promise<Counts> {
  const metrics = await fixture.metrics()
  return {
    compared: metrics.get('zdm_proxy_read_comparisons_total'),
    mismatches: metrics.get('zdm_proxy_read_mismatches_total'),
    dropped: metrics.get('zdm_proxy_dropped_async_reads_total'),
  }
}

/** A fixture that compares reads; the primary answers the client. */
function start(primary: ClusterName = 'origin', options: FixtureOptions = {}): Promise<ProxyFixture> {
  return ProxyFixture.start({
    ...options,
    routing: { primary, readMode: 'DUAL_ASYNC_ON_SECONDARY', targetReadPercent: primary === 'target' ? 100 : 0 },
  })
}

function answers(server: ScriptedServer, text: string, cell: string): void {
  server.prime(text, () => reply.rows(['v text'], [[cell]]))
}

describe('a compared read', () => {
  it.each(['origin', 'target'] as const)(
    'asks both clusters and answers with %s, by QUERY and EXECUTE',
    async (primary) => {
      await using fixture = await start(primary)
      for (const server of fixture.servers) {
        answers(server, READ, 'same')
        answers(server, BY_KEY, 'same')
      }
      const client = await fixture.client()
      const id = await client.prepareId(BY_KEY)
      expect(rowsOf(await client.query(READ)).rows).toStrictEqual([[Buffer.from('same')]])
      expect(rowsOf(await client.execute(id, [hex('01')])).rows).toStrictEqual([[Buffer.from('same')]])
      await eventually(async () =>
        expect(await counts(fixture)).toStrictEqual({ compared: 2, mismatches: 0, dropped: 0 }),
      )
      for (const server of fixture.servers)
        expect([server.find(READ).length, server.find(BY_KEY).length]).toStrictEqual([1, 1])
      const secondary = primary === 'origin' ? fixture.target : fixture.origin
      const metrics = await fixture.metrics()
      const node = `127.0.0.1:${secondary.port}`
      expect(metrics.get('zdm_async_request_duration_seconds_count', { node, type: 'reads' })).toBe(2)
      expect(metrics.get('zdm_async_inflight_requests_total', { node })).toBe(0)
    },
  )

  it('is answered without waiting for the secondary, and compared when that answers', async () => {
    await using fixture = await start()
    const gate = fixture.target.hold(READ)
    const client = await fixture.client()
    expect(rowsOf(await client.query(READ)).rows).toStrictEqual([])
    await gate.arrived()
    expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 0 })
    const node = `127.0.0.1:${fixture.target.port}`
    expect((await fixture.metrics()).get('zdm_async_inflight_requests_total', { node })).toBe(1)
    gate.release()
    await eventually(async () =>
      expect(await counts(fixture)).toStrictEqual({ compared: 1, mismatches: 0, dropped: 0 }),
    )
  })

  it('waits for the primary where the secondary is faster', async () => {
    await using fixture = await start()
    const gate = fixture.origin.hold(READ)
    const client = await fixture.client()
    const answer = client.query(READ)
    await gate.arrived()
    await eventually(() => fixture.target.find(READ)[0]?.answerSequence !== null)
    expect(client.inFlight).toBe(1)
    gate.release()
    expect(rowsOf(await answer).rows).toStrictEqual([])
    await eventually(async () => expect((await counts(fixture)).compared).toBe(1))
  })

  it('whose answers differ is read again, and is no mismatch once a write has settled it', async () => {
    await using fixture = await start()
    answers(fixture.origin, READ, 'new')
    answers(fixture.target, READ, 'old')
    const client = await fixture.client()
    expect(rowsOf(await client.query(READ)).rows).toStrictEqual([[Buffer.from('new')]])
    await fixture.target.received(READ, 2)
    answers(fixture.target, READ, 'new')
    await fixture.target.received(READ, 3)
    await eventually(async () =>
      expect(await counts(fixture)).toStrictEqual({ compared: 1, mismatches: 0, dropped: 0 }),
    )
    expect(fixture.log.of('read-mismatch')).toStrictEqual([])
  })

  it('whose answers stay different is a mismatch, counted once and logged without its values', async () => {
    await using fixture = await start()
    fixture.target.prime(BY_KEY, () => reply.rows(['v text'], [['secret-two']]))
    fixture.origin.prime(BY_KEY, () => reply.rows(['v text'], [['secret-one']]))
    const client = await fixture.client()
    const id = await client.prepareId(BY_KEY)
    await client.execute(id, [Buffer.from('secret-key')])
    await eventually(async () => expect((await counts(fixture)).mismatches).toBe(1))
    expect(await counts(fixture)).toStrictEqual({ compared: 1, mismatches: 1, dropped: 0 })
    expect(fixture.log.of('read-mismatch')).toMatchObject([{ keyspace: 'ks', table: 't' }])
    expect(JSON.stringify(fixture.log.lines)).not.toContain('secret')
    for (const server of fixture.servers) {
      const values = server.find(BY_KEY).map((one) => one.type === 'execute' && one.message.parameters.values)
      expect(values).toStrictEqual(Array.from({ length: 4 }, () => [Buffer.from('secret-key')]))
    }
  })

  it('whose rows come in another order is equal', async () => {
    await using fixture = await start()
    fixture.origin.prime(READ, reply.rows(['v text'], [['a'], ['b']]))
    fixture.target.prime(READ, reply.rows(['v text'], [['b'], ['a']]))
    const client = await fixture.client()
    await client.query(READ)
    await eventually(async () => expect((await counts(fixture)).compared).toBe(1))
    expect(fixture.target.find(READ)).toHaveLength(1)
  })

  it('whose secondary fails is dropped, counted with its error, and does not disturb the client', async () => {
    await using fixture = await start()
    fixture.target.prime(READ, reply.error(ErrorCode.READ_TIMEOUT))
    const client = await fixture.client()
    expect(rowsOf(await client.query(READ)).rows).toStrictEqual([])
    await eventually(async () =>
      expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 1 }),
    )
    const node = `127.0.0.1:${fixture.target.port}`
    expect((await fixture.metrics()).get('zdm_async_requests_failed_total', { node, error: 'read_timeout' })).toBe(1)
    expect((await fixture.metrics()).get('zdm_target_requests_failed_total', { node, error: 'read_timeout' })).toBe(0)
  })

  it('whose secondary is silent is dropped after the time-out, and its late answer is thrown away', async () => {
    await using fixture = await start('origin', { options: { requestTimeoutMs: 500 } })
    const gate = fixture.target.hold(READ)
    const client = await fixture.client()
    await client.query(READ)
    await eventually(async () => expect((await counts(fixture)).dropped).toBe(1))
    const node = `127.0.0.1:${fixture.target.port}`
    const metrics = await fixture.metrics()
    expect(metrics.get('zdm_async_requests_failed_total', { node, error: 'client_timeout' })).toBe(1)
    expect(metrics.get('zdm_async_inflight_requests_total', { node })).toBe(0)
    // The connection is also asked for a sign of life now and then.
    await eventually(async () =>
      expect((await fixture.metrics()).get('zdm_target_used_stream_ids_total', { node })).toBe(1),
    )
    gate.release()
    await eventually(async () =>
      expect((await fixture.metrics()).get('zdm_target_used_stream_ids_total', { node })).toBe(0),
    )
    expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 1 })
  })

  it('whose primary fails compares nothing; the client gets that error', async () => {
    await using fixture = await start('origin', { options: { requestTimeoutMs: 500 } })
    const client = await fixture.client()
    fixture.origin.prime(READ, reply.error(ErrorCode.UNAVAILABLE, 'alone'), { times: 1 })
    expect(errorOf(await client.query(READ)).message).toBe('alone')
    fixture.origin.prime(READ, 'silence', { times: 1 })
    expect(errorOf(await client.query(READ)).code).toBe(ErrorCode.READ_TIMEOUT)
    await eventually(async () => {
      const node = `127.0.0.1:${fixture.target.port}`
      expect((await fixture.metrics()).get('zdm_async_inflight_requests_total', { node })).toBe(0)
    })
    expect(await counts(fixture)).toMatchObject({ compared: 0, mismatches: 0 })
  })

  it('is only answered while the secondary is down, and counted as dropped', async () => {
    await using fixture = await start()
    const client = await fixture.client()
    await fixture.target.stop()
    await eventually(() => fixture.log.of('cluster-connection-lost').length > 0)
    for (let i = 0; i < 5; i++) expect(rowsOf(await client.query(READ)).rows).toStrictEqual([])
    expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 5 })
  })

  it('is dropped where the connection of the secondary is lost meanwhile', async () => {
    await using fixture = await start()
    const gate = fixture.target.hold(READ)
    const client = await fixture.client()
    await client.query(READ)
    await gate.arrived()
    fixture.target.killConnections()
    await eventually(async () =>
      expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 1 }),
    )
    gate.release()
  })

  it('finds a statement that the secondary forgot, or never had, prepared for the next time', async () => {
    await using fixture = await start()
    const client = await fixture.client()
    const id = await client.prepareId(BY_KEY)
    fixture.target.forgetPrepared()
    await client.execute(id, [hex('01')])
    await eventually(async () => expect((await counts(fixture)).dropped).toBe(1))
    await eventually(() => fixture.target.find(({ type }) => type === 'prepare').length === 2)
    await eventually(async () => {
      await client.execute(id, [hex('01')])
      expect((await counts(fixture)).compared).toBeGreaterThan(0)
    })
    fixture.proxy.changeRouting({ readMode: 'PRIMARY_ONLY' })
    fixture.proxy.changeRouting({ writes: 'origin' })
    const other = await client.prepareId('SELECT w FROM ks.t WHERE k = ?')
    fixture.proxy.changeRouting({ writes: 'dual', readMode: 'DUAL_ASYNC_ON_SECONDARY' })
    const { compared = 0 } = await counts(fixture)
    await eventually(async () => {
      await client.execute(other, [hex('01')])
      expect((await counts(fixture)).compared).toBeGreaterThan(compared)
    })
  })
})

describe('a read that is not compared', () => {
  it.each([
    'SELECT now() FROM ks.t',
    'SELECT ttl(v) FROM ks.t',
    'SELECT uuid() FROM ks.t',
    'SELECT toTimestamp(currentTimeUUID()) FROM ks.t',
    'SELECT role FROM system_auth.roles',
    'SELECT cluster_name FROM system.local',
  ])('is one whose values differ by nature: %s', async (text) => {
    await using fixture = await start()
    const client = await fixture.client()
    expect(resultOf(await client.query(text)).kind).toBe('rows')
    expect(fixture.target.find(text)).toStrictEqual([])
    expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 0 })
  })

  it('is one that asks for a trace or carries a payload: the other cluster would do it twice', async () => {
    await using fixture = await start()
    const client = await fixture.client()
    await client.query(READ, {}, { flags: HeaderFlag.TRACING })
    await client.query(READ, {}, { customPayload: { key: hex('01') } })
    expect(fixture.target.find(READ)).toStrictEqual([])
  })

  it('is any while the mode is PRIMARY_ONLY, and writes in either', async () => {
    await using fixture = await start()
    const client = await fixture.client()
    await client.query('INSERT INTO ks.t (k) VALUES (1)')
    fixture.proxy.changeRouting({ readMode: 'PRIMARY_ONLY' })
    await client.query(READ)
    expect(fixture.target.find(READ)).toStrictEqual([])
    expect(await counts(fixture)).toStrictEqual({ compared: 0, mismatches: 0, dropped: 0 })
  })
})

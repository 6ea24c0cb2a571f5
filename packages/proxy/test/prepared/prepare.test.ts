import { ErrorCode, encodeResponse, errorCodeName, HEADER_BYTES, result } from '@zdmkit/protocol'
import { eventually, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { preparedId } from '../../src/prepared/prepared-cache.ts'
import type { ClusterName } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { errorOf, preparedOf, resultOf, rowsOf } from '../support/raw-client.ts'

const INSERT = 'INSERT INTO ks.t (k, v) VALUES (?, ?)'
const SELECT = 'SELECT v FROM ks.t WHERE k = ?'
const names: readonly ClusterName[] = ['origin', 'target']

describe('PREPARE', () => {
  it.each([3, 4] as const)(
    'goes to both clusters; the client gets the proxy’s own id, in version %i',
    async (version) => {
      await using fixture = await ProxyFixture.start()
      const client = await fixture.client({ version })
      const prepared = preparedOf(await client.prepare(INSERT))
      expect(prepared.id).toStrictEqual(preparedId(INSERT, null))
      expect(prepared.variables.columns.map(({ name }) => name)).toStrictEqual(['v0', 'v1'])
      expect(prepared.variables.pkIndices).toStrictEqual(version === 4 ? [0] : [])
      for (const server of fixture.servers) {
        expect(server.find((request) => request.type === 'prepare' && request.message.query === INSERT)).toHaveLength(1)
      }
      expect((await fixture.metrics()).get('zdm_pscache_entries_total')).toBe(1)
    },
  )

  it.each(names)(
    'is answered with what %s tells when it is the primary, and nothing else is changed',
    async (primary) => {
      await using fixture = await ProxyFixture.start({ routing: { primary } })
      fixture.origin.describePrepared(SELECT, { variables: ['k int'], columns: ['v text'] })
      fixture.target.describePrepared(SELECT, { variables: ['k bigint'], columns: ['v blob', 'w int'] })
      const client = await fixture.client()
      const prepared = preparedOf(await client.prepare(SELECT))
      const types = prepared.metadata.columns?.map(({ name, type }) => `${name} ${type.kind}`)
      expect([prepared.variables.columns[0]?.type.kind, types]).toStrictEqual(
        primary === 'origin' ? ['int', ['v varchar']] : ['bigint', ['v blob', 'w int']],
      )
    },
  )

  it('keeps warnings and payload of the answer, byte by byte', async () => {
    await using fixture = await ProxyFixture.start()
    const own = Buffer.from('0123456789abcdef')
    const message = {
      kind: 'prepared' as const,
      id: own,
      variables: {
        pkIndices: [0],
        columns: [{ keyspace: 'ks', table: 't', name: 'k', type: { kind: 'int' as const } }],
      },
      metadata: { columnCount: 0, pagingState: null, columns: null },
    }
    const prefix = { warnings: ['careful'], customPayload: { key: Buffer.from('v') } }
    fixture.origin.on('prepare', () => reply.with(reply.message(result, message), prefix))
    const client = await fixture.client()
    const answer = await client.prepare(INSERT, { stream: 77 })
    const expected = encodeResponse(
      result,
      { ...message, id: preparedId(INSERT, null) },
      { version: 4, stream: 77, ...prefix },
    )
    expect(answer.frame).toStrictEqual(expected)
  })

  it('gives the same id to every client and every proxy', async () => {
    await using first = await ProxyFixture.start()
    await using second = await ProxyFixture.start({ routing: { primary: 'target' } })
    const clients = [await first.client(), await first.client(), await second.client()]
    const ids = await Promise.all(clients.map((client) => client.prepareId(INSERT)))
    expect(ids).toStrictEqual([preparedId(INSERT, null), preparedId(INSERT, null), preparedId(INSERT, null)])
  })

  it('gives other ids in other keyspaces', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    const text = 'SELECT v FROM t WHERE k = ?'
    const none = await client.prepareId(text)
    await client.query('USE shop')
    const shop = await client.prepareId(text)
    expect(none.equals(shop)).toBe(false)
    for (const server of fixture.servers) {
      expect(server.find(({ type }) => type === 'prepare').map(({ keyspace }) => keyspace)).toStrictEqual([
        null,
        'shop',
      ])
    }
  })

  it.each(names)('that %s refuses is answered with that error, as it came', async (name) => {
    await using fixture = await ProxyFixture.start()
    fixture[name].on('prepare', () =>
      reply.with(reply.error(ErrorCode.INVALID, 'no table t'), { warnings: ['careful'] }),
    )
    const client = await fixture.client()
    const answer = await client.prepare(INSERT)
    expect([errorOf(answer), answer.prefix.warnings]).toStrictEqual([
      { code: ErrorCode.INVALID, message: 'no table t' },
      ['careful'],
    ])
  })

  it.each(['origin', 'target'] as const)(
    'that both refuse is answered with the error of primary %s',
    async (primary) => {
      await using fixture = await ProxyFixture.start({ routing: { primary } })
      for (const server of fixture.servers) {
        server.on('prepare', () => reply.error(ErrorCode.SYNTAX_ERROR, `as ${server.name} says`))
      }
      const client = await fixture.client()
      expect(errorOf(await client.prepare(INSERT)).message).toBe(`as ${primary} says`)
      expect((await fixture.metrics()).get('zdm_pscache_entries_total')).toBe(0)
    },
  )

  it('that failed does not push out what others prepared', async () => {
    await using fixture = await ProxyFixture.start({ options: { preparedEntriesMax: 3 } })
    const client = await fixture.client()
    const id = await client.prepareId(INSERT)
    fixture.target.on('prepare', (_request, next) =>
      _request.message.query === INSERT ? next() : reply.error(ErrorCode.INVALID),
    )
    for (let i = 0; i < 5; i++) errorOf(await client.prepare(`SELECT v FROM ks.missing${i}`))
    expect(resultOf(await client.execute(id, [Buffer.from('k'), Buffer.from('v')]))).toStrictEqual({ kind: 'void' })
    expect((await fixture.metrics()).get('zdm_pscache_miss_total')).toBe(0)
  })

  it.each(names)('names %s when it does not answer, and the client is served on', async (name) => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 500 } })
    fixture[name].on('prepare', 'silence')
    const client = await fixture.client()
    const { code, message } = errorOf(await client.prepare(INSERT))
    expect(errorCodeName(code)).toBe('OVERLOADED')
    expect(message).toMatch(
      new RegExp(`^the statement could not be prepared: ${name}: no answer from .* within 500 ms$`),
    )
    expect(resultOf(await client.query('INSERT INTO ks.t (k) VALUES (1)'))).toStrictEqual({ kind: 'void' })
  })

  it.each(names)('names %s when its connection is lost meanwhile', async (name) => {
    await using fixture = await ProxyFixture.start()
    const gate = fixture[name].hold(({ type }) => type === 'prepare')
    const client = await fixture.client()
    const answer = client.prepare(INSERT)
    await gate.arrived()
    fixture[name].killConnections()
    expect(errorOf(await answer).message).toMatch(new RegExp(`^the statement could not be prepared: ${name}: `))
    gate.release()
  })

  // The promise of the cluster that was asked must not be left alone: when it fails later, nobody would hear it.
  it.each(names)('names %s when it is down, also while the other cluster is silent', async (name) => {
    await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 500 } })
    const client = await fixture.client()
    const other = name === 'origin' ? fixture.target : fixture.origin
    other.on('prepare', 'silence')
    await fixture[name].stop()
    await eventually(() => fixture.log.of('cluster-connection-failed').length > 0)
    expect(errorOf(await client.prepare(INSERT)).message).toMatch(
      new RegExp(`^the statement could not be prepared: ${name}: cannot connect to `),
    )
    await eventually(async () => {
      const node = `127.0.0.1:${other.port}`
      expect((await fixture.metrics()).get(`zdm_${other.name}_used_stream_ids_total`, { node })).toBeLessThanOrEqual(1)
    })
  })

  it('answers with an error where a cluster answers PREPARE with something else', async () => {
    await using fixture = await ProxyFixture.start()
    fixture.target.on('prepare', () => reply.void())
    const client = await fixture.client()
    expect(errorOf(await client.prepare(INSERT)).message).toBe(
      'the statement could not be prepared: target refused to prepare the statement',
    )
  })

  it.each([0, 4, 15, 17, 200])('refuses an id of %i bytes, which fits into no frame of a client', async (bytes) => {
    await using fixture = await ProxyFixture.start()
    fixture.target.on('prepare', async (request, next) => {
      const answer = await next()
      if (request.message.query !== INSERT) return answer
      return reply.prepared(Buffer.alloc(bytes, 1), {
        variables: ['k int', 'v int'],
        pkIndices: [0],
        columns: [],
        keyspace: 'ks',
        table: 't',
      })
    })
    const client = await fixture.client()
    expect(errorOf(await client.prepare(INSERT)).message).toBe(
      `the statement could not be prepared: target gave it an id of ${bytes} bytes, not 16`,
    )
    // Nothing is left over from it.
    const other = await client.prepareId(SELECT)
    expect(rowsOf(await client.execute(other, [Buffer.from('k')])).rows).toStrictEqual([])
  })

  it('does not send a USE, which would move all clients of a connection', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    expect(errorOf(await client.prepare('USE shop'))).toStrictEqual({
      code: ErrorCode.INVALID,
      message: 'USE cannot be prepared through the proxy; send it as a simple statement',
    })
    for (const server of fixture.servers) expect(server.find(({ type }) => type === 'prepare')).toStrictEqual([])
    expect((await fixture.metrics()).get('zdm_pscache_entries_total')).toBe(0)
  })

  it('goes to the one cluster that the routing writes to', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const client = await fixture.client()
    const prepared = await client.prepare(INSERT)
    expect(preparedOf(prepared).id).toStrictEqual(preparedId(INSERT, null))
    expect(prepared.frame.length).toBeGreaterThan(HEADER_BYTES)
    expect(fixture.target.find(({ type }) => type === 'prepare')).toStrictEqual([])
  })
})

import { ErrorCode, type ErrorMessage, errorCodeName } from '@zdmkit/protocol'
import { type ErrorDetails, eventually, type Reply, reply, type ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import type { ClusterName } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { type Answer, errorOf, type RawClient, resultOf } from '../support/raw-client.ts'

/** Idempotent and not, each as every kind of request that can be a write. */
const IDEMPOTENT = "UPDATE ks.t SET v = 'x' WHERE k = 1"
const INCREMENT = 'UPDATE ks.t SET n = n + 1 WHERE k = 1'

type Kind = 'QUERY' | 'EXECUTE' | 'BATCH'
const kinds: readonly Kind[] = ['QUERY', 'EXECUTE', 'BATCH']

async function send(client: RawClient, kind: Kind, text: string): Promise<Answer> {
  switch (kind) {
    case 'QUERY':
      return client.query(text)
    case 'EXECUTE':
      return client.execute(await client.prepareId(text))
    case 'BATCH':
      return client.batch([{ query: text, values: [] }], { type: 1 })
  }
}

/** Any statement of ours, however it is sent. */
const isWrite = /^UPDATE/

function failing(name: ClusterName, code: ErrorCode, details?: ErrorDetails): Reply {
  return reply.error(code, `as ${name} says`, details)
}

describe('a dual write', () => {
  it.each(kinds)('that both clusters apply is answered once, with the primary’s answer: %s', async (kind) => {
    for (const primary of ['origin', 'target'] as const) {
      await using fixture = await ProxyFixture.start({ routing: { primary } })
      for (const server of fixture.servers) {
        server.prime(isWrite, reply.with(reply.void(), { warnings: [`from ${server.name}`] }))
      }
      const client = await fixture.client()
      const answer = await send(client, kind, IDEMPOTENT)
      expect(resultOf(answer)).toStrictEqual({ kind: 'void' })
      expect(answer.prefix.warnings).toStrictEqual([`from ${primary}`])
      for (const server of fixture.servers) expect(server.find(isWrite)).toHaveLength(1)
    }
  })

  it('is answered only when the slower cluster has answered', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    for (const server of fixture.servers) {
      const gate = server.hold(isWrite)
      const answer = client.query(IDEMPOTENT)
      await gate.arrived()
      const [other] = fixture.servers.filter((one) => one !== server) as [ScriptedServer]
      await eventually(() =>
        expect(other.find(isWrite).every(({ answerSequence }) => answerSequence !== null)).toBe(true),
      )
      // A later request of the same client is answered meanwhile, so its answer would have come.
      await client.query('SELECT v FROM ks.t')
      expect(client.inFlight).toBe(1)
      gate.release()
      expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    }
  })

  it.each(kinds.flatMap((kind) => (['origin', 'target'] as const).map((name) => [kind, name] as const)))(
    'that is idempotent and fails on one cluster is answered with that error: %s, %s',
    async (kind, name) => {
      await using fixture = await ProxyFixture.start()
      fixture[name].prime(
        isWrite,
        failing(name, ErrorCode.WRITE_TIMEOUT, { writeType: 'SIMPLE', received: 1, blockFor: 2 }),
      )
      const client = await fixture.client()
      expect(errorOf(await send(client, kind, IDEMPOTENT))).toMatchObject({
        code: ErrorCode.WRITE_TIMEOUT,
        message: `as ${name} says`,
        received: 1,
        blockFor: 2,
      })
      expect((await fixture.metrics()).series('zdm_proxy_failed_writes_total')).toStrictEqual({
        'failed_on="both"': 0,
        'failed_on="origin"': name === 'origin' ? 1 : 0,
        'failed_on="target"': name === 'target' ? 1 : 0,
      })
    },
  )

  it.each(['origin', 'target'] as const)(
    'that fails on both is answered with the error of primary %s; the log has both',
    async (primary) => {
      await using fixture = await ProxyFixture.start({ routing: { primary } })
      for (const { name, prime } of fixture.servers.map((server) => ({
        name: server.name,
        prime: server.prime.bind(server),
      }))) {
        prime(isWrite, failing(name as ClusterName, ErrorCode.INVALID))
      }
      const client = await fixture.client()
      expect(errorOf(await client.query(INCREMENT))).toStrictEqual({
        code: ErrorCode.INVALID,
        message: `as ${primary} says`,
      })
      const secondary = primary === 'origin' ? 'target' : 'origin'
      expect(fixture.log.of('write-failed-on-both')).toMatchObject([
        { primary, primaryError: `as ${primary} says`, secondaryError: `as ${secondary} says` },
      ])
      expect((await fixture.metrics()).get('zdm_proxy_failed_writes_total', { failed_on: 'both' })).toBe(1)
    },
  )

  it.each(kinds.flatMap((kind) => (['origin', 'target'] as const).map((name) => [kind, name] as const)))(
    'that is not idempotent and fails on one cluster is WRITE_TIMEOUT and names both: %s, %s',
    async (kind, name) => {
      await using fixture = await ProxyFixture.start()
      fixture[name].prime(isWrite, failing(name, ErrorCode.OVERLOADED))
      const client = await fixture.client()
      const { code, message } = errorOf(await send(client, kind, INCREMENT))
      expect(errorCodeName(code)).toBe('WRITE_TIMEOUT')
      const other = name === 'origin' ? 'target' : 'origin'
      expect(message).toContain(`${name} answered OVERLOADED (as ${name} says)`)
      expect(message).toContain(`${other} applied it`)
      // A prepared id costs a second look at the answer: the error must not have been taken for a forgotten statement.
      expect(fixture[name].find(isWrite)).toHaveLength(1)
    },
  )

  it.each([
    ['QUERY', INCREMENT, 'SIMPLE'],
    ['QUERY', 'UPDATE ks.t SET v = 1 WHERE k = 1 IF v = 0', 'CAS'],
    ['QUERY', `BEGIN UNLOGGED BATCH ${INCREMENT} APPLY BATCH`, 'UNLOGGED_BATCH'],
    ['BATCH', INCREMENT, 'UNLOGGED_BATCH'],
    ['EXECUTE', INCREMENT, 'SIMPLE'],
  ] as const)(
    'of unknown outcome never has a write type that drivers repeat: %s %s is %s',
    async (kind, text, writeType) => {
      await using fixture = await ProxyFixture.start()
      fixture.target.prime(/UPDATE/, failing('target', ErrorCode.WRITE_TIMEOUT, { writeType: 'BATCH_LOG' }))
      const client = await fixture.client()
      expect(errorOf(await send(client, kind, text))).toMatchObject({ code: ErrorCode.WRITE_TIMEOUT, writeType })
    },
  )

  it('that the clusters decide differently is the primary’s decision', async () => {
    await using fixture = await ProxyFixture.start({ routing: { primary: 'target' } })
    fixture.origin.prime(isWrite, reply.rows(['[applied] boolean'], [[true]]))
    fixture.target.prime(isWrite, reply.rows(['[applied] boolean'], [[false]]))
    const client = await fixture.client()
    const decided = resultOf(await client.query('UPDATE ks.t SET v = 1 WHERE k = 1 IF v = 0'))
    expect(decided).toMatchObject({ kind: 'rows', rows: [[Buffer.from([0])]] })
  })

  it('carries tracing id, warnings and custom payload of the answer that counts', async () => {
    await using fixture = await ProxyFixture.start()
    const prefix = {
      tracingId: '50554d6e-29bb-11e5-b345-feff819cdc9f',
      warnings: ['careful'],
      customPayload: { key: Buffer.from('v') },
    }
    fixture.origin.prime(isWrite, reply.with(reply.void(), prefix))
    const client = await fixture.client()
    expect((await client.query(IDEMPOTENT)).prefix).toStrictEqual(prefix)
    fixture.origin.prime(isWrite, reply.with(reply.error(ErrorCode.INVALID, 'no'), prefix))
    const refused = await client.query(IDEMPOTENT)
    expect([refused.prefix, errorOf(refused).message]).toStrictEqual([prefix, 'no'])
  })
})

describe('DDL and other statements for both clusters', () => {
  it('are answered with the error of the cluster that fails, whichever it is', async () => {
    await using fixture = await ProxyFixture.start()
    const client = await fixture.client()
    fixture.target.prime(
      /^CREATE TABLE ks.t/,
      reply.error(ErrorCode.ALREADY_EXISTS, 'there', { keyspace: 'ks', table: 't' }),
    )
    const answer: ErrorMessage = errorOf(await client.query('CREATE TABLE ks.t (k int PRIMARY KEY)'))
    expect(answer).toStrictEqual({ code: ErrorCode.ALREADY_EXISTS, message: 'there', keyspace: 'ks', table: 't' })
    expect(resultOf(await client.query('CREATE TABLE ks.u (k int PRIMARY KEY)')).kind).toBe('schema_change')
  })
})

describe('a statement that the proxy does not know', () => {
  it.each(['QUERY', 'EXECUTE'] as const)(
    'may be a write: once one cluster took it, no error that a driver repeats is passed on: %s',
    async (kind) => {
      for (const text of ["g.addV('user')", "CALL shop.order('x')"]) {
        await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 500 } })
        const client = await fixture.client()
        fixture.target.prime(text, reply.error(ErrorCode.OVERLOADED, 'later'), { times: 1 })
        const { code, message } = errorOf(await send(client, kind, text))
        expect([errorCodeName(code), message]).toStrictEqual([
          'WRITE_TIMEOUT',
          expect.stringContaining('origin applied it; target answered OVERLOADED (later)'),
        ])
        fixture.target.prime(text, 'silence', { times: 1 })
        expect(errorCodeName(errorOf(await send(client, kind, text)).code)).toBe('WRITE_TIMEOUT')
      }
    },
  )

  it('that both refuse is answered with the primary’s refusal', async () => {
    await using fixture = await ProxyFixture.start()
    for (const server of fixture.servers)
      server.prime('g.V()', reply.error(ErrorCode.SYNTAX_ERROR, `as ${server.name} says`))
    const client = await fixture.client()
    expect(errorOf(await client.query('g.V()'))).toStrictEqual({
      code: ErrorCode.SYNTAX_ERROR,
      message: 'as origin says',
    })
  })
})

describe('a request to one cluster', () => {
  it.each(['origin', 'target'] as const)(
    'gets the answer of %s as it is, and only that cluster is asked',
    async (name) => {
      await using fixture = await ProxyFixture.start({
        routing: { writes: name, primary: name, targetReadPercent: name === 'target' ? 100 : 0 },
      })
      const other = name === 'origin' ? fixture.target : fixture.origin
      const client = await fixture.client()
      expect(resultOf(await client.query(INCREMENT))).toStrictEqual({ kind: 'void' })
      fixture[name].prime(
        isWrite,
        failing(name, ErrorCode.WRITE_TIMEOUT, { writeType: 'COUNTER', received: 0, blockFor: 2 }),
      )
      expect(errorOf(await client.query(INCREMENT))).toMatchObject({
        code: ErrorCode.WRITE_TIMEOUT,
        message: `as ${name} says`,
        writeType: 'COUNTER',
      })
      fixture[name].prime(
        /^SELECT v/,
        failing(name, ErrorCode.READ_TIMEOUT, { received: 1, blockFor: 2, dataPresent: true }),
      )
      expect(errorOf(await client.query('SELECT v FROM ks.t'))).toMatchObject({
        code: ErrorCode.READ_TIMEOUT,
        dataPresent: true,
      })
      expect(fixture.requests(other)).toStrictEqual([])
      const metrics = await fixture.metrics()
      expect(metrics.get('zdm_proxy_failed_reads_total', { cluster: name })).toBe(1)
      expect(metrics.get('zdm_proxy_failed_writes_total', { failed_on: name })).toBe(1)
    },
  )
})

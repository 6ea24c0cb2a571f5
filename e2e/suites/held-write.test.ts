import { randomUUID } from 'node:crypto'
import { AdminClient, exerciseSchema, ProxyProcess } from '@zdmkit/cli'
import { eventually, FrameRelay } from '@zdmkit/testkit'
import type { Client } from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterPair, connect } from '../support/cluster-pair.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'
import { ZdmProcess, type ZdmResult } from '../support/zdm-process.ts'

const INSERT = 'INSERT INTO training.users (user_id, username, status) VALUES (?, ?, ?)'
const SELECT = 'SELECT username, status FROM training.users WHERE user_id = ?'

describe('a write held on the wire across the switch to dual writes', () => {
  let clusters: ClusterPair
  let origin: Client
  let target: Client

  beforeAll(async () => {
    clusters = await ClusterPair.start()
    ;[origin, target] = await Promise.all([connect(clusters.origin), connect(clusters.target)])
    for (const [client, { dataCenter }] of [
      [origin, clusters.origin],
      [target, clusters.target],
    ] as const) {
      for (const statement of exerciseSchema(dataCenter)) await client.execute(statement)
    }
  })

  afterAll(async () => {
    await origin?.shutdown()
    await target?.shutdown()
    await clusters?.[Symbol.asyncDispose]()
  })

  it('keeps the switch unsettled and the backfill waiting until it is answered, and reaches the target by backfill', async () => {
    await using folder = await TemporaryFolder.make()
    const [host = ''] = clusters.origin.contactPoints
    await using relay = await FrameRelay.start({ host, port: clusters.origin.port })
    await using proxy = await ProxyProcess.start({
      origin: { contactPoints: [relay.host], port: relay.port, localDataCenter: clusters.origin.dataCenter },
      target: { ...clusters.target, localDataCenter: clusters.target.dataCenter },
      port: 0,
      signal: AbortSignal.timeout(60_000),
    })
    const admin = new AdminClient(proxy.admin)
    const application = await connect({
      contactPoints: [proxy.host],
      port: proxy.port,
      dataCenter: clusters.origin.dataCenter,
    })
    const backfill = (gateTimeoutMs: number): Promise<ZdmResult> => {
      const cluster = (role: 'origin' | 'target'): string[] => [
        ...[`--${role}-contact-points`, clusters[role].contactPoints.join(',')],
        ...[`--${role}-port`, String(clusters[role].port)],
      ]
      const gate = ['--admin-url', proxy.admin.url, '--admin-token-file', proxy.tokenFile]
      const options = ['--keyspace', 'training', '--tables', 'users', '--ranges-per-table', '8']
      const limit = ['--gate-timeout-ms', String(gateTimeoutMs)]
      return ZdmProcess.run(
        ['backfill', ...cluster('origin'), ...cluster('target'), ...gate, ...options, ...limit],
        folder.path,
      )
    }

    const id = randomUUID()
    const held = relay.hold(({ text, header }) => text === INSERT && header.opcode === EXECUTE)
    const write = application.execute(INSERT, [id, 'held', 'active'], { prepare: true })
    await held.arrived

    expect(await admin.readRouting()).toMatchObject({ writes: 'origin', settled: true })
    expect(await admin.changeRouting({ writes: 'dual' })).toMatchObject({ settled: false, unsettledRequests: 1 })
    // Another write goes to both meanwhile.
    const later = randomUUID()
    await application.execute(INSERT, [later, 'later', 'active'], { prepare: true })
    expect((await target.execute(SELECT, [later], { prepare: true })).rowLength).toBe(1)

    const early = await backfill(300)
    expect(early.exitCode).not.toBe(0)
    expect(early.stderr).toContain('BACKFILL_GATE_NOT_SETTLED')
    expect(await admin.readRouting()).toMatchObject({ settled: false, unsettledRequests: 1 })

    held.release()
    await write
    await eventually(async () => (await admin.readRouting()).settled)
    expect((await origin.execute(SELECT, [id], { prepare: true })).rowLength).toBe(1)
    expect((await target.execute(SELECT, [id], { prepare: true })).rowLength).toBe(0)

    const copied = await backfill(10_000)
    expect(copied.stderr).not.toContain('BACKFILL_')
    expect(copied.exitCode).toBe(0)
    const { rows } = await target.execute(SELECT, [id], { prepare: true })
    expect(rows.map(({ username, status }) => ({ username, status }))).toStrictEqual([
      { username: 'held', status: 'active' },
    ])
    await application.shutdown()
  })
})

/** Native protocol v4, section 2.4. */
const EXECUTE = 0x0a

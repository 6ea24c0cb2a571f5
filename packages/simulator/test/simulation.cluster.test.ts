import { Cluster, type ClusterAddress, types } from '@zdmkit/cluster'
import { EmbeddedCassandra } from '@zdmkit/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LedgerEntry, operationText, startSimulation, verifyLedger } from '../src/index.ts'
import { listLostWrites } from './readme-example.ts'
import { SCHEMA } from './support/schema.ts'

let server: EmbeddedCassandra
let origin: Cluster
let address: ClusterAddress

beforeAll(async () => {
  server = await EmbeddedCassandra.start({ version: '4.0', dataCenter: 'dc1', clusterName: 'DSE_Cluster' })
  address = { contactPoints: server.contactPoints, port: server.port, localDataCenter: 'dc1' }
  origin = await Cluster.connect(address)
  for (const cql of SCHEMA) await origin.execute(cql)
})

afterAll(async () => {
  await origin?.close()
  await server?.stop()
})

describe('startSimulation on a real cluster', () => {
  let entries: readonly LedgerEntry[] = []

  it('loses nothing, in any table and either form of statement', async () => {
    const existing = types.Uuid.random().toString()
    await origin.execute('INSERT INTO training.users (user_id, status) VALUES (?, ?)', [
      types.Uuid.fromString(existing),
      'active',
    ])
    // A count instead of a time, so that a slow machine writes to as many tables as a fast one.
    const simulation = await startSimulation({
      ...{ address, durationSeconds: null, readRatio: 0.5, workers: 4 },
      ...{ seed: 3, tables: 'all', existingUserIds: [existing] },
      onOperation: () => {
        if (simulation.snapshot().operations === 1_000) void simulation.stop()
      },
    })
    const report = await simulation.finished
    expect(report.failed).toStrictEqual([])
    entries = report.ledger?.entries ?? []
    expect(new Set(entries.map(({ kind, table }) => `${kind} ${table}`)).size).toBe(10)
    expect(await verifyLedger(entries, { origin })).toMatchObject({
      writes: { applied: report.writes, rejected: 0, unknown: 0 },
      verdicts: [],
    })
  })

  it('names the acknowledged write of a row that was deleted behind its back', async () => {
    const deleted = new Set(entries.filter(({ kind }) => kind === 'DELETE').map(({ key }) => key['order_id']))
    const lost = entries.find(
      ({ kind, table, key }) => kind === 'INSERT' && table === 'orders' && !deleted.has(key['order_id']),
    )
    const id = lost?.key['order_id'] ?? ''
    await origin.execute('DELETE FROM training.orders WHERE order_id = ?', [types.Uuid.fromString(id)])
    const { verdicts } = await verifyLedger(entries, { origin })
    const last = entries.findLast(({ key }) => key['order_id'] === id)
    expect(verdicts.map(({ kind, operationText }) => [kind, operationText])).toStrictEqual([
      ['missing', last && operationText(last)],
    ])
  })

  it('runs the example of the README', async () => {
    expect(await listLostWrites(address)).toStrictEqual([])
  })
})

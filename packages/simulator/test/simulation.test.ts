import { ClusterError } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../src/ledger.ts'
import { type SimulationOptions, startSimulation } from '../src/simulation.ts'
import type { OperationResult } from '../src/worker.ts'
import { FakeClock } from './support/fake-clock.ts'
import { FakeDatabase, type Sent } from './support/fake-database.ts'

const ADDRESS = { contactPoints: ['127.0.0.1'], port: 9042, localDataCenter: null }

interface Setup {
  readonly database: FakeDatabase
  readonly clock: FakeClock
  readonly results: OperationResult[]
  readonly options: SimulationOptions
}

/** 200 operations of one worker on a fake database, unless told otherwise. */
function setUp(parts: Partial<SimulationOptions> = {}): Setup {
  const database = new FakeDatabase()
  const clock = new FakeClock()
  const results: OperationResult[] = []
  const options: SimulationOptions = {
    ...{ address: ADDRESS, durationSeconds: 200, delayMs: 1_000, readRatio: 0.5, seed: 11, tables: 'all' },
    ...{ clock, sleep: clock.sleep, connect: async () => database, onOperation: (result) => results.push(result) },
    ...parts,
  }
  return { database, clock, results, options }
}

function isWrite({ cql }: Sent): boolean {
  return !cql.startsWith('SELECT')
}

describe('startSimulation', () => {
  it('runs for its duration and reports what it did', async () => {
    const { database, results, options } = setUp()
    const simulation = await startSimulation(options)
    const report = await simulation.finished
    expect(report).toMatchObject({ seed: 11, operations: 200, failures: 0, failed: [], elapsedSeconds: 200 })
    expect(report.reads + report.writes).toBe(200)
    expect(results.map(({ number }) => number)).toStrictEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    expect(database.isClosed).toBe(true)
    expect(report.ledger?.entries).toHaveLength(report.writes)
  })

  it('sends the same statements for the same seed', async () => {
    const [first, second] = [setUp(), setUp()]
    for (const { options } of [first, second]) await (await startSimulation(options)).finished
    expect(first.database.sent).toStrictEqual(second.database.sent)
    expect(first.database.sent.some(({ prepare }) => prepare)).toBe(true)
    expect(first.database.sent.some((sent) => isWrite(sent) && !sent.prepare)).toBe(true)
  })

  it('shares the existing users among its workers, each row with one writer', async () => {
    const existingUserIds = Array.from({ length: 6 }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`)
    const { options } = setUp({ workers: 3, existingUserIds, readRatio: 0 })
    const report = await (await startSimulation(options)).finished
    const updated = (report.ledger?.entries ?? []).filter(({ key }) => existingUserIds.includes(key['user_id'] ?? ''))
    const owners = new Set(updated.map(({ operation, key }) => `${key['user_id']} ${(operation - 1) % 3}`))
    expect(owners.size).toBe(6)
  })

  it('counts by section', async () => {
    const { options, clock } = setUp({ durationSeconds: null, delayMs: 1_000 })
    const simulation = await startSimulation({
      ...options,
      onOperation: ({ number }) => {
        if (number === 30) simulation.mark('phase 2')
        if (number === 50) void simulation.stop()
      },
    })
    const report = await simulation.finished
    expect(report.sections.map(({ label, operations }) => [label, operations])).toStrictEqual([
      ['start', 30],
      ['phase 2', 20],
    ])
    expect(report.operations).toBe(50)
    expect(report.sections[1]?.startedAt.getTime()).toBe(clock.nowMs() - 20_000)
    expect(new Set(report.ledger?.entries.map(({ section }) => section))).toStrictEqual(new Set(['start', 'phase 2']))
  })

  it('gives a snapshot while it runs', async () => {
    const { options } = setUp()
    const counts: number[] = []
    const simulation = await startSimulation({
      ...options,
      onOperation: () => counts.push(simulation.snapshot().operations),
    })
    await simulation.finished
    expect(counts).toStrictEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  })

  it('waits for the operations in flight when it is stopped', async () => {
    const { database, options, results } = setUp({ workers: 4, durationSeconds: null })
    const answer = Promise.withResolvers<void>()
    database.onExecute = () => answer.promise
    const controller = new AbortController()
    const simulation = await startSimulation({ ...options, signal: controller.signal })
    controller.abort()
    expect([database.sent.length, results.length]).toStrictEqual([4, 0])
    answer.resolve()
    expect((await simulation.finished).operations).toBe(4)
    expect(await simulation.stop()).toMatchObject({ operations: 4 })
  })

  it('starts nothing when the signal was aborted before', async () => {
    const { database, options } = setUp({ signal: AbortSignal.abort() })
    expect((await (await startSimulation(options)).finished).operations).toBe(0)
    expect(database.isClosed).toBe(true)
  })

  it('keeps the outcome of each failed write and goes on', async () => {
    const { database, options, results } = setUp({ readRatio: 0 })
    const errors = [new ClusterError('CLUSTER_TIMEOUT', 'no answer'), new ClusterError('CLUSTER_INVALID', 'bad'), null]
    let turn = 0
    database.onExecute = () => {
      const error = errors[turn++ % 3]
      if (error) throw error
    }
    const report = await (await startSimulation(options)).finished
    expect(report.ledger?.entries.slice(0, 3).map(({ outcome, error }) => [outcome, error])).toStrictEqual([
      ['unknown', 'CLUSTER_TIMEOUT'],
      ['rejected', 'CLUSTER_INVALID'],
      ['applied', null],
    ])
    expect(report).toMatchObject({ operations: 200, failures: 134, writeFailures: 134, readFailures: 0 })
    expect(report.failed).toHaveLength(100)
    expect(report.failed[0]).toStrictEqual({
      ...{ number: 1, section: 'start', action: 'write', text: '[1] Write ERROR: no answer' },
    })
    expect(results[0]).toMatchObject({ isOk: false, line: '[1] Write ERROR: no answer' })
  })

  it('takes failed reads for failures', async () => {
    const { database, options } = setUp({ readRatio: 1, durationSeconds: 3 })
    database.onExecute = () => {
      throw new ClusterError('CLUSTER_UNAVAILABLE', 'two lines\nof text')
    }
    const report = await (await startSimulation(options)).finished
    expect(report.failed.map(({ text }) => text)).toStrictEqual([
      '[1] Read ERROR: two lines of text',
      '[2] Read ERROR: two lines of text',
      '[3] Read ERROR: two lines of text',
    ])
  })

  it('names the write that a read does not show', async () => {
    const { database, options } = setUp({ tables: 'users', durationSeconds: 400 })
    const simulation = await startSimulation({
      ...options,
      onOperation: ({ number }) => {
        if (number === 100) expect(database.lose('users ')).toBeGreaterThan(0)
      },
    })
    const report = await simulation.finished
    expect(report.readFailures).toBeGreaterThan(0)
    expect(report.failed[0]?.text).toMatch(
      /^\[\d+\] Read ERROR: training\.users user_id=\S+ is (missing|stale in [a-z_, ]+) after operation \d+ (INSERT|UPDATE) training\.users user_id=\S+$/,
    )
  })

  it('does not blame a read for a write whose outcome is unknown', async () => {
    const { database, options } = setUp({ durationSeconds: 2_000 })
    let turn = 0
    database.onExecute = (sent) => {
      // Every second of these writes is applied all the same.
      if (!isWrite(sent) || turn++ % 3 === 0) return
      if (turn % 2 === 0) database.run(sent.cql, sent.params)
      throw new ClusterError('CLUSTER_TIMEOUT', 'no answer')
    }
    expect((await (await startSimulation(options)).finished).readFailures).toBe(0)
  })

  it('stops and rejects when a listener throws', async () => {
    const { options, database } = setUp()
    const simulation = await startSimulation({
      ...options,
      onOperation: () => {
        throw new Error('listener')
      },
    })
    await expect(simulation.finished).rejects.toThrow('listener')
    expect([database.sent.length, database.isClosed]).toStrictEqual([1, true])
  })

  it('keeps no ledger when told so', async () => {
    const { options } = setUp({ ledger: null })
    expect((await (await startSimulation(options)).finished).ledger).toBeNull()
  })

  it('writes to the ledger it is given', async () => {
    const ledger = Ledger.inMemory()
    const { options } = setUp({ ledger })
    const simulation = await startSimulation(options)
    expect(simulation.ledger).toBe(ledger)
    const { writes } = await simulation.finished
    expect(ledger.entryCount).toBe(writes)
  })

  it('says which error kept it from connecting', async () => {
    const connect = () => Promise.reject(new ClusterError('CLUSTER_NO_HOST', 'nobody there'))
    await expect(startSimulation({ ...setUp().options, connect })).rejects.toMatchObject({ code: 'CLUSTER_NO_HOST' })
  })

  it.each([
    ['durationSeconds', { durationSeconds: -1 }],
    ['delayMs', { delayMs: Number.NaN }],
    ['readRatio', { readRatio: 1.5 }],
    ['workers', { workers: 0 }],
    ['seed', { seed: 0.5 }],
  ])('refuses a wrong %s before it connects', async (name, parts) => {
    const { options, database } = setUp(parts)
    await expect(startSimulation(options)).rejects.toMatchObject({
      code: 'SIMULATOR_BAD_OPTION',
      message: expect.stringContaining(name),
    })
    expect(database.sent).toStrictEqual([])
  })
})

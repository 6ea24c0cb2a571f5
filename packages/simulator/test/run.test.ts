import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { readLedger } from '../src/read-ledger.ts'
import { exitCode, type RunSeams, run } from '../src/run.ts'
import { FakeClock } from './support/fake-clock.ts'
import { FakeDatabase } from './support/fake-database.ts'

type Listener = (name: 'SIGINT' | 'SIGTERM') => void

/** The parts of `process` that signals need. */
class FakeProcess {
  readonly listeners: Listener[] = []
  readonly exits: number[] = []
  on(_: string, listener: Listener): void {
    this.listeners.push(listener)
  }
  off(): void {}
  exit(code: number): void {
    this.exits.push(code)
  }
  interrupt(): void {
    this.listeners[0]?.('SIGINT')
  }
}

async function simulate(
  argv: readonly string[],
  prepare: (parts: Required<RunSeams> & { database: FakeDatabase; process: FakeProcess }) => void = () => {},
) {
  const clock = new FakeClock()
  const database = new FakeDatabase()
  const process = new FakeProcess()
  const seams = { clock, sleep: clock.sleep, connect: async () => database, process }
  prepare({ ...seams, database })
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  }
  const code = await run(argv, {}, io, seams)
  return { code, out: out.join(''), err: err.join('') }
}

describe('zdm-simulate', () => {
  it('prints the lines of the exercise and ends with 0', async () => {
    const { code, out, err } = await simulate(['--duration', '8', '--seed', '5'])
    expect(out).toMatchInlineSnapshot(`
      "Simulating application traffic through ZDM Proxy
      Duration: 8 seconds
      Delay between operations: 0.5 seconds
      Read ratio: 75%
      Write ratio: 25%

      Press Ctrl+C to stop early

      [1] Write (INSERT): Created user app_user_1_5911
      [2] Read (KEY): Found user app_user_1_5911
      [3] Read (LIMIT): Retrieved 1 users
      [4] Read (KEY): Found user app_user_1_5911
      [5] Read (LIMIT): Retrieved 1 users
      [6] Read (COUNT): Total users = 1
      [7] Read (KEY): Found user app_user_1_5911
      [8] Read (LIMIT): Retrieved 1 users
      [9] Write (UPDATE): Updated user status
      [10] Write (UPDATE): Updated user status
      [11] Write (UPDATE): Updated user status
      [12] Read (LIMIT): Retrieved 1 users
      [13] Read (FILTER): Retrieved 0 active users
      [14] Read (COUNT): Total users = 1
      [15] Write (UPDATE): Updated user status
      [16] Write (INSERT): Created user app_user_16_4718

      Simulation Summary
      Duration: 8.0 seconds
      Total operations: 16
      Operations/second: 2.00

      Reads: 10 (62.5%)
      Writes: 6 (37.5%)

      ✅ All operations completed successfully!
      "
    `)
    expect({ code, err }).toStrictEqual({ code: 0, err: 'zdm-simulate: 127.0.0.1 port 9042, seed 5\n' })
  })

  it.each([
    [[], 'Duration: 30 seconds'],
    [['--duration', '60', '--delay', '1.0'], 'Delay between operations: 1.0 seconds'],
    [['--read-ratio', '0.8'], 'Read ratio: 80%'],
    [['--duration', '120', '--delay', '0.2'], 'Delay between operations: 0.2 seconds'],
  ])('takes the command line %j of the exercise', async (argv, line) => {
    const { code, out } = await simulate(argv)
    expect(out.split('\n')).toContain(line)
    expect(code).toBe(0)
  })

  it('makes 60 operations in 30 seconds, as the exercise shows', async () => {
    expect((await simulate([])).out).toContain('Total operations: 60\nOperations/second: 2.00\n')
  })

  it('ends with 1 and the success rate when operations failed', async () => {
    const { code, out } = await simulate(['--duration', '2', '--read-ratio', '1'], ({ database }) => {
      let turn = 0
      database.onExecute = () => {
        if (turn++ === 1) throw new ClusterError('CLUSTER_UNAVAILABLE', 'not enough replicas')
      }
    })
    expect(code).toBe(1)
    expect(out).toContain('[2] Read ERROR: not enough replicas\n')
    expect(out).toContain('Read errors: 1\nWrite errors: 0\nSuccess rate: 75.0%\n')
  })

  it('prints the summary on Ctrl-C once the operation in flight is answered', async () => {
    const { code, out, err } = await simulate([], ({ database, process }) => {
      let turn = 0
      database.onExecute = () => {
        if (turn++ === 4) process.interrupt()
      }
    })
    expect(code).toBe(0)
    expect(out).toContain('Total operations: 5\n')
    expect(err).toContain('Stopping once the operations in flight are answered\n')
  })

  it('leaves a complete ledger in the file it was given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zdm-simulate-'))
    try {
      const path = join(folder, 'ledger.jsonl')
      await simulate(['--read-ratio', '0', '--seed', '5', '--ledger', path])
      const { seed, entries, isComplete } = await readLedger(path)
      expect({ seed, count: entries.length, isComplete }).toStrictEqual({ seed: 5, count: 60, isComplete: true })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('prints its help and its version', async () => {
    expect((await simulate(['--help'])).out).toContain('--read-ratio NUMBER')
    expect(await simulate(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^zdm-simulate \d/) })
  })

  it('refuses an unknown flag by its name', async () => {
    await expect(simulate(['--ratio', '1'])).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_KEY' })
  })

  it('has its own exit code where nobody answers', () => {
    expect(exitCode(new ClusterError('CLUSTER_NO_HOST', ''))).toBe(69)
    expect(exitCode(new ClusterError('CLUSTER_INVALID', ''))).toBeUndefined()
  })
})

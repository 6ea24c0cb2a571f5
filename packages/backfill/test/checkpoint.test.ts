import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { coversRing, splitRing, subtractRanges } from '@zdmkit/cluster'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Checkpoint, type CheckpointRun, checkSameRun } from '../src/checkpoint.ts'
import { emptyTally } from '../src/tally.ts'

const run: CheckpointRun = {
  origin: 'DSE_Cluster',
  target: 'HCD_Cluster',
  keyspace: 'training',
  tables: { users: 'aaaa', orders: 'bbbb' },
  fenceMicros: 1_770_000_000_000_000n,
  markers: 'insert',
  dualSinceMicros: 1_770_000_000_001_000n,
}
const ranges = splitRing(8)
const tallyOf = (rows: number) => ({ ...emptyTally(), rowsRead: rows, rowsWritten: rows })

let folder: string
let fileCount = 0
const newPath = () => join(folder, `checkpoint-${fileCount++}`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zdm-checkpoint-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** A file with the first `count` ranges of `users` and one of `orders` done. */
async function writeSample(path: string, count: number): Promise<void> {
  await using checkpoint = await Checkpoint.open(path, run)
  await Promise.all(ranges.slice(0, count).map((range, i) => checkpoint.finish('users', range, tallyOf(i + 1))))
  await checkpoint.finish('orders', ranges[7] ?? { start: 0n, end: 1n }, tallyOf(5))
}

describe('Checkpoint', () => {
  it('gives back the run and what was finished of each table, to the token', async () => {
    const path = newPath()
    await writeSample(path, 3)
    const state = await Checkpoint.read(path)
    expect(state?.run).toStrictEqual(run)
    expect(state?.finished.get('users')).toStrictEqual({ ranges: ranges.slice(0, 3), tally: tallyOf(6) })
    expect(state?.finished.get('orders')).toStrictEqual({ ranges: [ranges[7]], tally: tallyOf(5) })
  })

  it('is readable by its owner only', async () => {
    const path = newPath()
    await writeFile(path, '', { mode: 0o644 })
    await writeSample(path, 1)
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600')
  })

  it('knows nothing of a file that is not there or empty', async () => {
    const path = newPath()
    expect(await Checkpoint.read(path)).toBeNull()
    await writeFile(path, '')
    expect(await Checkpoint.read(path)).toBeNull()
  })

  it('goes on after a kill at any byte: whole lines count, the torn one is written over', async () => {
    const path = newPath()
    await writeSample(path, 2)
    const whole = await readFile(path)
    const headerBytes = whole.indexOf('\n') + 1
    for (let cut = 0; cut <= whole.length; cut += 7) {
      await writeFile(path, whole.subarray(0, cut))
      const state = await Checkpoint.read(path)
      const users = state?.finished.get('users')?.ranges ?? []
      expect(state === null).toBe(cut < headerBytes)
      expect(ranges.slice(0, users.length)).toStrictEqual(users)
      const left = subtractRanges(ranges, users)
      expect(coversRing([...users, ...left])).toBe(true)
      {
        await using checkpoint = await Checkpoint.open(path, run)
        for (const range of left) await checkpoint.finish('users', range, tallyOf(1))
      }
      const after = await Checkpoint.read(path)
      expect(after?.run).toStrictEqual(run)
      expect(coversRing(after?.finished.get('users')?.ranges ?? [])).toBe(true)
    }
  })

  it('goes on with other ranges than before', async () => {
    const path = newPath()
    await writeSample(path, 3)
    const done = (await Checkpoint.read(path))?.finished.get('users')?.ranges ?? []
    const left = subtractRanges(splitRing(5), done)
    expect(coversRing([...done, ...left])).toBe(true)
  })

  it('refuses a file with a line that is not its own before the last', async () => {
    const path = newPath()
    await writeSample(path, 1)
    await appendFile(path, 'rubbish\n')
    await expect(Checkpoint.read(path)).rejects.toMatchObject({
      code: 'BACKFILL_CHECKPOINT_CORRUPT',
      message: expect.stringContaining('line 4 '),
    })
    for (const text of [
      'rubbish\n',
      '{"format":"other","version":1}\n',
      '{"format":"zdmkit-backfill","version":2}\n',
      'null\n',
    ]) {
      await writeFile(path, text)
      await expect(Checkpoint.read(path)).rejects.toMatchObject({ code: 'BACKFILL_CHECKPOINT_CORRUPT' })
    }
  })

  it('leaves a file that is not its own as it is', async () => {
    const path = newPath()
    await writeFile(path, 'notes of somebody')
    await expect(Checkpoint.open(path, run)).rejects.toMatchObject({ code: 'BACKFILL_CHECKPOINT_CORRUPT' })
    expect(await readFile(path, 'utf8')).toBe('notes of somebody')
  })
})

describe('checkSameRun', () => {
  const check = (saved: Partial<CheckpointRun>, routingChange = false) =>
    checkSameRun('file', { ...run, ...saved }, run, { routingChange })

  it('takes the same run', () => {
    expect(() => check({})).not.toThrow()
    expect(() => check({ tables: { orders: 'bbbb', users: 'aaaa' } })).not.toThrow()
  })

  it.each<[string, Partial<CheckpointRun>, RegExp]>([
    ['origin', { origin: 'Other' }, /origin is Other there and DSE_Cluster here/],
    ['target', { target: 'Other' }, /target is Other there/],
    ['keyspace', { keyspace: 'other' }, /keyspace is other there/],
    ['fence', { fenceMicros: 5n }, /fenceMicros is 5 there/],
    ['marker policy', { markers: 'update' }, /markers is update there/],
    ['columns', { tables: { users: 'cccc', orders: 'bbbb' } }, /table users had other columns/],
    ['fewer tables', { tables: { users: 'aaaa' } }, /table orders is here only/],
    ['more tables', { tables: { ...run.tables, old: 'd' } }, /table old is there only/],
  ])('refuses another %s', (_name, saved, message) => {
    const error = expect.objectContaining({
      code: 'BACKFILL_CHECKPOINT_MISMATCH',
      message: expect.stringMatching(message),
    })
    expect(() => check(saved, true)).toThrow(error)
  })

  it('refuses a run begun under other routing unless that is accepted', () => {
    for (const dualSinceMicros of [1n, null]) {
      const error = expect.objectContaining({ code: 'BACKFILL_CHECKPOINT_STALE' })
      expect(() => check({ dualSinceMicros })).toThrow(error)
      expect(() => check({ dualSinceMicros }, true)).not.toThrow()
    }
  })
})

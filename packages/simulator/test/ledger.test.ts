import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Ledger } from '../src/ledger.ts'
import { readLedger } from '../src/read-ledger.ts'
import { entry } from './support/entry.ts'

describe('Ledger', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zdm-ledger-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('keeps entries in memory', () => {
    const ledger = Ledger.inMemory()
    ledger.record(entry(1))
    expect({ entries: ledger.entries, path: ledger.path }).toStrictEqual({ entries: [entry(1)], path: null })
  })

  it('writes a file that reads back as it was recorded, readable by its owner only', async () => {
    const path = join(folder, 'ledger.jsonl')
    const entries = Array.from({ length: 500 }, (_, i) => entry(i + 1))
    await using ledger = await Ledger.create(path, { seed: 7 })
    for (const one of entries) ledger.record(one)
    await ledger.close()
    expect(await readLedger(path)).toStrictEqual({ seed: 7, entries, isComplete: true })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('has everything recorded in the file after a flush, without the end line', async () => {
    const path = join(folder, 'ledger.jsonl')
    await using ledger = await Ledger.create(path, { keepEntries: false })
    ledger.record(entry(1))
    await ledger.flush()
    expect(await readLedger(path)).toStrictEqual({ seed: null, entries: [entry(1)], isComplete: false })
    expect({ kept: ledger.entries, count: ledger.entryCount }).toStrictEqual({ kept: [], count: 1 })
  })

  it('never overwrites a file', async () => {
    const path = join(folder, 'ledger.jsonl')
    await (await Ledger.create(path)).close()
    const before = await readFile(path, 'utf8')
    await expect(Ledger.create(path)).rejects.toMatchObject({ code: 'SIMULATOR_LEDGER_EXISTS' })
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('says so when it cannot be made', async () => {
    await expect(Ledger.create(join(folder, 'none', 'ledger.jsonl'))).rejects.toMatchObject({
      code: 'SIMULATOR_LEDGER_WRITE_FAILED',
    })
  })

  it('takes no further entry once one could not be written', async () => {
    let isFull = false
    let isClosed = false
    const sink = {
      appendFile: async () => {
        if (isFull) throw new Error('no space left on device')
      },
      close: async () => {
        isClosed = true
      },
    }
    const ledger = await Ledger.create('ledger.jsonl', { open: async () => sink })
    isFull = true
    ledger.record(entry(1))
    const failure = { code: 'SIMULATOR_LEDGER_WRITE_FAILED', message: expect.stringContaining('no space left') }
    await expect(ledger.flush()).rejects.toMatchObject(failure)
    expect(() => ledger.record(entry(2))).toThrow('no space left')
    await expect(ledger.close()).rejects.toMatchObject(failure)
    expect(isClosed).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import type { Reading } from '../../src/recheck/reading.ts'
import { DELAY_MS_MAX, recheck } from '../../src/recheck/recheck.ts'
import type { RowReader } from '../../src/recheck/row-reader.ts'
import { suspectOf } from '../../src/suspect.ts'
import { row } from '../support/rows.ts'

const SCAN_START = 1_000_000n
const OLD = SCAN_START - 1n
const NEW = SCAN_START + 1n

/** What a row shows at each try, the last one from then on. */
type Story = readonly (readonly [cell: string, writeTime: bigint] | null)[]

class FakeReader implements RowReader {
  readonly #stories: Readonly<Record<string, Story>>
  readonly #reads = new Map<string, number>()
  inFlight = 0
  inFlightMax = 0

  constructor(stories: Readonly<Record<string, Story>>) {
    this.#stories = stories
  }

  async read({ key }: { readonly key: readonly Buffer[] }): Promise<Reading | null> {
    this.inFlightMax = Math.max(this.inFlightMax, ++this.inFlight)
    await Promise.resolve()
    this.inFlight--
    const name = String(key[0])
    const turn = this.#reads.get(name) ?? 0
    this.#reads.set(name, turn + 1)
    const story = this.#stories[name] ?? []
    const shown = story[Math.min(turn, story.length - 1)] ?? null
    return shown && { cells: [Buffer.from(shown[0])], newestWriteTime: shown[1] }
  }

  readsOf(name: string): number {
    return this.#reads.get(name) ?? 0
  }
}

async function settle(origin: Readonly<Record<string, Story>>, target: Readonly<Record<string, Story>>) {
  const readers = { origin: new FakeReader(origin), target: new FakeReader(target) }
  const delays: number[] = []
  const names = [...new Set([...Object.keys(origin), ...Object.keys(target)])]
  const result = await recheck(
    names.map((key, token) => suspectOf('missing', row({ token, key, clustering: 'a' }))),
    {
      ...readers,
      ...{ delayMs: 500, tries: 3, scanStartMicros: SCAN_START, concurrency: 2 },
      sleep: async (delayMs) => delays.push(delayMs),
    },
  )
  const found = result.findings.map(
    ({ kind, suspect, difference }) => `${kind} ${difference.kind} ${String(suspect.row.key[0])}`,
  )
  return { ...result, found, delays, readers }
}

describe('recheck', () => {
  it('drops a row that converges, and reads it no further', async () => {
    const { found, resolved, resolvedPresent, readers, delays } = await settle(
      { late: [['new', NEW]] },
      { late: [null, ['new', NEW]] },
    )
    expect({ found, resolved, resolvedPresent, delays }).toStrictEqual({
      ...{ found: [], resolved: 1, resolvedPresent: 1, delays: [500, 1_000] },
    })
    expect(readers.target.readsOf('late')).toBe(2)
  })

  it('drops a row that is deleted on both sides in the end', async () => {
    const { found, resolved, resolvedPresent } = await settle({ gone: [['a', OLD], null] }, { gone: [null] })
    expect({ found, resolved, resolvedPresent }).toStrictEqual({ found: [], resolved: 1, resolvedPresent: 0 })
  })

  it('confirms a row that never converges after all its tries', async () => {
    const { found, delays } = await settle({ lost: [['a', OLD]] }, { lost: [null] })
    expect({ found, delays }).toStrictEqual({ found: ['confirmed missing lost'], delays: [500, 1_000, 2_000] })
  })

  it('reports the difference that the last try saw', async () => {
    const { found } = await settle({ half: [['a', OLD]] }, { half: [null, null, ['b', OLD]] })
    expect(found).toStrictEqual(['confirmed different half'])
  })

  it('gives a row that moves twice the tries, then says so', async () => {
    const moving = (from: number): Story =>
      Array.from({ length: 9 }, (_, i) => [`v${from + i}`, NEW + BigInt(i)] as const)
    const { found, delays, readers } = await settle({ hot: moving(1) }, { hot: moving(0) })
    expect(found).toStrictEqual(['moving different hot'])
    expect(readers.origin.readsOf('hot')).toBe(6)
    expect(delays).toStrictEqual([500, 1_000, 2_000, 4_000, DELAY_MS_MAX, DELAY_MS_MAX])
  })

  it('judges each row for itself and bounds the reads at a time', async () => {
    const { found, resolved, readers } = await settle(
      { a: [['1', OLD]], b: [['1', OLD]], c: [['1', OLD]], d: [['1', OLD]] },
      { a: [['1', OLD]], b: [null], c: [['2', OLD]], d: [null, ['1', NEW]], e: [['1', OLD]] },
    )
    expect(found.sort()).toStrictEqual(['confirmed different c', 'confirmed extra e', 'confirmed missing b'])
    expect(resolved).toBe(2)
    expect(readers.origin.inFlightMax).toBe(2)
  })

  it('neither waits nor reads without suspects', async () => {
    expect((await settle({}, {})).delays).toStrictEqual([])
  })

  it('fails where a row cannot be read: that is no difference', async () => {
    const reader = { read: () => Promise.reject(new Error('no answer')) }
    const options = { delayMs: 0, tries: 1, scanStartMicros: 0n, concurrency: 1, sleep: async () => {} }
    const suspects = [suspectOf('missing', row({ token: 1, clustering: 'a' }))]
    await expect(recheck(suspects, { origin: reader, target: reader, ...options })).rejects.toThrow('no answer')
  })
})

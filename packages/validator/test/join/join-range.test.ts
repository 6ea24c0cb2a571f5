import type { ScannedRow } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { type JoinCounts, joinRange } from '../../src/join/join-range.ts'
import { rowText } from '../../src/join/order.ts'
import type { Suspect } from '../../src/suspect.ts'
import { pagesOf, row } from '../support/rows.ts'
import { seededRandom } from '../support/seeded-random.ts'

function nameOf({ kind, row: { key, ...rest } }: Suspect): string {
  return `${kind} ${key.map(String).join(' ')} ${rowText({ ...rest })}`
}

async function join(
  origin: readonly ScannedRow[],
  target: readonly ScannedRow[],
  options: { windowRows?: number; pageLength?: () => number } = {},
): Promise<JoinCounts & { suspects: string[] }> {
  const suspects: string[] = []
  const counts = await joinRange(pagesOf(origin, options.pageLength), pagesOf(target, options.pageLength), {
    ...(options.windowRows === undefined ? {} : { windowRows: options.windowRows }),
    onSuspect: (suspect) => {
      suspects.push(nameOf(suspect))
      return null
    },
  })
  return { ...counts, suspects: suspects.sort() }
}

interface Planted {
  readonly origin: ScannedRow[]
  readonly target: ScannedRow[]
  readonly suspects: string[]
  readonly equal: number
}

/** Two sides of random partitions; the clustering order is random but the same on both, as two servers have it. */
function plant(random: () => number, faultRate: number): Planted {
  const planted: Planted & { equal: number } = { origin: [], target: [], suspects: [], equal: 0 }
  const add = (one: ScannedRow): void => {
    const name = `${String(one.key[0])} ${rowText(one)}`
    const choice = random()
    if (choice < faultRate) {
      planted.origin.push(one)
      planted.suspects.push(`missing ${name}`)
    } else if (choice < 2 * faultRate) {
      planted.target.push(one)
      planted.suspects.push(`extra ${name}`)
    } else if (choice < 3 * faultRate) {
      planted.origin.push(one)
      planted.target.push({ ...one, cells: [Buffer.from('other')] })
      planted.suspects.push(`different ${name}`)
    } else {
      planted.origin.push(one)
      planted.target.push({ ...one, cells: one.cells.map((cell) => cell && Buffer.from(cell)) })
      planted.equal++
    }
  }
  let token = -1_000
  for (let i = 0; i < 40; i++) {
    // Two keys may have the same token.
    if (random() < 0.8) token += Math.ceil(random() * 50)
    const key = `${String(i).padStart(3, '0')}`
    if (random() < 0.4) add(row({ token, key, cells: ['static'] }))
    const names = Array.from({ length: Math.floor(random() * 12) }, (_, n) => ({ at: random(), name: `c${n}` }))
    for (const { name } of names.sort((left, right) => left.at - right.at)) {
      add(row({ token, key, clustering: name, cells: [random() < 0.1 ? null : name] }))
    }
  }
  return planted
}

describe('joinRange', () => {
  it('finds nothing between two empty sides', async () => {
    expect(await join([], [])).toStrictEqual({ originRows: 0, targetRows: 0, equal: 0, suspects: [] })
  })

  it('counts static cells apart from rows', async () => {
    const rows = [row({ token: 1 }), row({ token: 1, clustering: 'a' })]
    expect(await join(rows, rows)).toStrictEqual({ originRows: 1, targetRows: 1, equal: 2, suspects: [] })
  })

  it('finds static cells that are on one side only, or differ', async () => {
    const rows = [row({ token: 2, clustering: 'a' })]
    const sides = await join(
      [row({ token: 1, cells: ['x'] }), row({ token: 2, cells: ['x'] }), ...rows, row({ token: 3, cells: ['x'] })],
      [...rows, row({ token: 3, cells: ['y'] }), row({ token: 4, cells: ['x'] })],
    )
    expect(sides).toStrictEqual({
      ...{ originRows: 1, targetRows: 1, equal: 1 },
      suspects: ['different 3 static', 'extra 4 static', 'missing 1 static', 'missing 2 static'],
    })
  })

  it('finds every planted fault and nothing else, whatever the clustering order and the pages', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed * 7919)
      const { origin, target, suspects, equal } = plant(random, seed % 3 === 0 ? 0.25 : 0.02)
      const pageLength = (): number => Math.floor(random() * 7)
      expect(await join(origin, target, { pageLength }), `seed ${seed}`).toStrictEqual({
        originRows: origin.filter(({ kind }) => kind === 'row').length,
        targetRows: target.filter(({ kind }) => kind === 'row').length,
        equal,
        suspects: suspects.sort(),
      })
    }
  })

  it('finds the same with the sides exchanged', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { origin, target, suspects } = plant(seededRandom(seed * 104_729), 0.2)
      const exchange = (name: string): string =>
        name.replace(/^(missing|extra)/, (kind) => (kind === 'missing' ? 'extra' : 'missing'))
      const { suspects: exchanged } = await join(target, origin)
      expect(exchanged, `seed ${seed}`).toStrictEqual(suspects.map(exchange).sort())
    }
  })

  it('suspects every fault, and each row once, when a gap is wider than the window', async () => {
    const rows = (from: number, to: number): ScannedRow[] =>
      Array.from({ length: to - from }, (_, i) => row({ token: 1, clustering: `c${from + i}` }))
    const { suspects, equal } = await join(
      [...rows(0, 60), row({ token: 2, clustering: 'x' })],
      [...rows(40, 60), row({ token: 2, clustering: 'x' })],
      { windowRows: 8 },
    )
    expect(new Set(suspects.map((name) => name.replace(/^\w+ /, ''))).size).toBe(suspects.length)
    // The 40 that are missing for certain, and of the other 20 some that only reading again can tell.
    for (let i = 0; i < 40; i++) expect(suspects).toContain(`missing 1 row ${`c${i}`.length}:c${i}`)
    expect(suspects.length + equal).toBe(61)
  })

  it('is exact again after the wide gap', async () => {
    const wide = Array.from({ length: 50 }, (_, i) => row({ token: 1, clustering: `a${i}` }))
    const tail = ['x', 'y', 'z'].map((clustering) => row({ token: 1, clustering }))
    const { suspects } = await join(
      [...wide, ...tail],
      [row({ token: 1, clustering: 'x' }), row({ token: 1, clustering: 'z' })],
      {
        windowRows: 4,
      },
    )
    expect(suspects.filter((name) => !name.includes(':a'))).toStrictEqual(['missing 1 row 1:y'])
  })

  it('waits where the suspects pile up, and reads no further', async () => {
    const gate = Promise.withResolvers<void>()
    let pagesRead = 0
    async function* pages(): AsyncGenerator<ScannedRow[]> {
      for (let token = 1; token <= 5; token++) {
        pagesRead++
        yield [row({ token, clustering: 'a' })]
      }
    }
    const joining = joinRange(pages(), pagesOf([]), { onSuspect: () => gate.promise })
    await new Promise((resolve) => setImmediate(resolve))
    expect(pagesRead).toBeLessThanOrEqual(2)
    gate.resolve()
    expect((await joining).originRows).toBe(5)
  })

  it('ends both scans when one fails', async () => {
    const ended: string[] = []
    async function* scan(name: string, error: Error | null): AsyncGenerator<ScannedRow[]> {
      try {
        yield [row({ token: 1, clustering: 'a' })]
        if (error) throw error
        yield [row({ token: 2, clustering: 'a' })]
      } finally {
        ended.push(name)
      }
    }
    const joining = joinRange(scan('origin', new Error('lost')), scan('target', null), { onSuspect: () => null })
    await expect(joining).rejects.toThrow('lost')
    expect(ended.sort()).toStrictEqual(['origin', 'target'])
  })

  it('gives suspects their own bytes', async () => {
    const one = row({ token: 1, key: 'k', clustering: 'a' })
    const suspects: Suspect[] = []
    await joinRange(pagesOf([one]), pagesOf([]), {
      onSuspect: (suspect) => {
        suspects.push(suspect)
        return null
      },
    })
    one.key[0]?.fill(0)
    one.clustering[0]?.fill(0)
    expect(suspects.map(nameOf)).toStrictEqual(['missing k row 1:a'])
  })
})

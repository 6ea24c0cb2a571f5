import type { ScannedRow } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import type { Reading } from '../src/recheck/reading.ts'
import { type TableSide, type TableValidationOptions, validateTable } from '../src/table-validation.ts'
import { pagesOf, row } from './support/rows.ts'
import { column, table } from './support/table.ts'

const TABLE = table([
  column('id', 'text', { kind: 'partition_key', position: 0 }),
  column('at', 'text', { kind: 'clustering', position: 0, order: 'asc' }),
  column('plan', 'text', { kind: 'static' }),
  column('note', 'text'),
])
const RANGES = [
  { start: 0n, end: 10n },
  { start: 10n, end: 20n },
]

/** A side that shows the same rows to scans and to point reads. */
function side(rows: readonly ScannedRow[], later: readonly ScannedRow[] = rows): TableSide & { maxOpen: number } {
  let open = 0
  const result = {
    maxOpen: 0,
    async *scan({ start, end }: { start: bigint; end: bigint }): AsyncGenerator<ScannedRow[]> {
      result.maxOpen = Math.max(result.maxOpen, ++open)
      try {
        yield* pagesOf(rows.filter(({ token }) => token > start && token <= end))
      } finally {
        open--
      }
    },
    reader: {
      async read(wanted: Pick<ScannedRow, 'kind' | 'key' | 'clustering'>): Promise<Reading | null> {
        const name = (one: typeof wanted): string => [one.kind, ...one.key, ...one.clustering].map(String).join(' ')
        const found = later.find((one) => name(one) === name(wanted))
        return found ? { cells: found.cells, newestWriteTime: null } : null
      },
    },
  }
  return result
}

function validate(origin: TableSide, target: TableSide, parts: Partial<TableValidationOptions> = {}) {
  return validateTable({
    ...{ table: TABLE, origin, target, ranges: RANGES, concurrency: 2, recheckDelayMs: 1, recheckTries: 2 },
    ...{ maxListed: 10, signal: new AbortController().signal, nowMs: () => 1_000, sleep: async () => {} },
    onRangeDone: () => {},
    ...parts,
  })
}

const SAME = [
  row({ token: 1, cells: ['gold'] }),
  row({ token: 1, clustering: 'a' }),
  row({ token: 15, clustering: 'a' }),
]

describe('validateTable', () => {
  it('counts what is equal on both sides, over all ranges', async () => {
    let done = 0
    const report = await validate(side(SAME), side(SAME), { onRangeDone: () => done++ })
    expect(report).toStrictEqual({
      ...{ table: 'items', originRows: 2, targetRows: 2, equal: 3, missing: 0, extra: 0, different: 0, moving: 0 },
      ...{ rechecked: 0, resolved: 0, listed: [] },
    })
    expect(done).toBe(2)
  })

  it('names the columns of rows and of static cells', async () => {
    const report = await validate(
      side([...SAME, row({ token: 16, clustering: 'b' })]),
      side([
        row({ token: 1, cells: ['silver'] }),
        row({ token: 1, clustering: 'a', cells: [''] }),
        SAME[2] as ScannedRow,
      ]),
    )
    expect(report).toMatchObject({ equal: 1, missing: 1, extra: 0, different: 2, rechecked: 3, resolved: 0 })
    expect(report.listed.map(({ kind, unit, key, columns }) => [kind, unit, key, ...columns])).toStrictEqual([
      ['different', 'static', 'shop.items statics at token 1 (id="1")', 'plan'],
      ['different', 'row', 'shop.items row at token 1 (id="1", at="a")', 'note'],
      ['missing', 'row', 'shop.items row at token 16 (id="16", at="b")'],
    ])
  })

  it('counts a suspect as equal when both sides agree in the end', async () => {
    const late = [...SAME, row({ token: 16, clustering: 'b' })]
    const report = await validate(side(late), side(SAME, late))
    expect(report).toMatchObject({ originRows: 3, targetRows: 2, equal: 4, missing: 0, rechecked: 1, resolved: 1 })
  })

  it('lists no more than asked for and counts the rest', async () => {
    const rows = Array.from({ length: 20 }, (_, token) => row({ token, clustering: 'a' })).slice(1)
    const report = await validate(side(rows), side([]), { maxListed: 3 })
    expect({ missing: report.missing, listed: report.listed.length }).toStrictEqual({ missing: 19, listed: 3 })
  })

  it('reads suspects again while it scans when too many wait', async () => {
    const rows = Array.from({ length: 10 }, (_, token) => row({ token, clustering: 'a' })).slice(1)
    let rounds = 0
    const report = await validate(side(rows), side([]), {
      suspectsMax: 4,
      recheckTries: 1,
      sleep: async () => rounds++,
    })
    expect({ missing: report.missing, rechecked: report.rechecked, rounds }).toStrictEqual({
      ...{ missing: 9, rechecked: 9, rounds: 3 },
    })
  })

  it('scans no more ranges at a time than asked for', async () => {
    const origin = side(SAME)
    await validate(origin, side(SAME), { concurrency: 1 })
    expect(origin.maxOpen).toBe(1)
  })

  it('ends all scans and throws when one fails', async () => {
    const failing: TableSide = {
      ...side(SAME),
      // biome-ignore lint/correctness/useYield: a scan that fails at once gives nothing.
      async *scan() {
        throw new Error('range lost')
      },
    }
    await expect(validate(failing, side(SAME))).rejects.toThrow('range lost')
  })

  it('throws the reason of its signal when it is aborted, also in a pause', async () => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const validation = validate(side(SAME), side([]), {
      signal: controller.signal,
      sleep: async () => {
        controller.abort(reason)
        throw new Error('aborted')
      },
    })
    await expect(validation).rejects.toBe(reason)
  })
})

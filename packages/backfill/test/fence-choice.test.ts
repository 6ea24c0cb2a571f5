import { describe, expect, it } from 'vitest'
import { chooseFence } from '../src/fence-choice.ts'
import type { Acceptance } from '../src/options.ts'

const NOW_MS = 1_800_000_000_000
const NOW = 1_800_000_000_000_000n
const SWITCH = NOW - 60_000_000n
const gate = { generation: 3, dualSinceMicros: SWITCH }
const early = SWITCH - 5_000_000n

describe('chooseFence', () => {
  it.each<[string, bigint | null, typeof gate | null, bigint | null, Acceptance[], bigint | string]>([
    ['1 ms before the proxy switched', null, gate, null, [], SWITCH - 1000n],
    ['given', early, gate, null, [], early],
    ['that of the checkpoint', null, gate, early, [], early],
    ['given, before that of the checkpoint', early, gate, early - 1n, [], early],
    ['given offline', early, null, null, [], early],
    ['now, offline, where that is accepted', null, null, null, ['fence-at-start'], NOW],
    ['the checkpoint before now', null, null, early, ['fence-at-start'], early],
    ['missing offline', null, null, null, [], 'BACKFILL_FENCE_MISSING'],
    ['at the switch', SWITCH, gate, null, [], 'BACKFILL_FENCE_TOO_LATE'],
    ['after the switch', SWITCH + 1n, gate, null, [], 'BACKFILL_FENCE_TOO_LATE'],
    ['of a checkpoint after the switch', null, gate, SWITCH, [], 'BACKFILL_FENCE_TOO_LATE'],
    ['in the future', NOW + 1n, null, null, [], 'BACKFILL_FENCE_TOO_LATE'],
    ['in milliseconds', BigInt(NOW_MS), gate, null, [], 'BACKFILL_BAD_OPTION'],
    ['in seconds', BigInt(NOW_MS / 1000), gate, null, [], 'BACKFILL_BAD_OPTION'],
  ])('is judged when %s', (_name, fenceMicros, from, saved, accept, expected) => {
    const choose = () => chooseFence({ fenceMicros, accept }, { gate: from, saved, nowMs: NOW_MS })
    if (typeof expected === 'bigint') expect(choose()).toBe(expected)
    else expect(choose).toThrow(expect.objectContaining({ code: expected }))
  })
})

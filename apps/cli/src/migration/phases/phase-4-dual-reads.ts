import type { Say } from '../steps.ts'
import { type PhaseRecord, type Walk, walkPhase } from '../walk.ts'

/** Share of the keys that are read from the target, step by step. */
const TARGET_READ_PERCENTS = [10, 50, 100] as const

/**
 * Every read is sent to both clusters and the answers are compared: first with the origin's answer for the application, then
 * with the target's for more and more of the keys.
 */
export async function walkDualReads(walk: Walk, say: Say): Promise<PhaseRecord[]> {
  say('comparing every read')
  const records = [
    await walkPhase(walk, {
      ...{ label: 'phase-4-compare', phase: 4, title: 'dual reads' },
      change: { readMode: 'DUAL_ASYNC_ON_SECONDARY' },
    }),
  ]
  for (const percent of TARGET_READ_PERCENTS) {
    say(`${percent} % of the reads from the target`)
    const title = `${percent} % of reads from target`
    const change = { targetReadPercent: percent }
    records.push(await walkPhase(walk, { label: `phase-4-${percent}`, phase: 4, title, change }))
  }
  return records
}

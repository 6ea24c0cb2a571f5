import { type PhaseRecord, type Walk, walkPhase } from '../walk.ts'

/** The target decides what the application is answered. Writes still go to both: the way back is open. */
export function walkCutover(walk: Walk): Promise<PhaseRecord> {
  const change = { primary: 'target', readMode: 'PRIMARY_ONLY', targetReadPercent: 100 } as const
  return walkPhase(walk, { label: 'phase-5', phase: 5, title: 'target as primary', change })
}

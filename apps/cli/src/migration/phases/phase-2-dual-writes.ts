import { type PhaseRecord, type Walk, walkPhase } from '../walk.ts'

/** Every write goes to both clusters; reads stay on the origin, because the target lacks what was there before. */
export function walkDualWrites(walk: Walk): Promise<PhaseRecord> {
  return walkPhase(walk, { label: 'phase-2', phase: 2, title: 'dual writes', change: { writes: 'dual' } })
}

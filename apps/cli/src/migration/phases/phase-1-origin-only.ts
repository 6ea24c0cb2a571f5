import { type PhaseRecord, type Walk, walkPhase } from '../walk.ts'

/** The application's traffic starts under this label. */
export const FIRST_LABEL = 'phase-1'

/** The proxy is in the application's way and changes nothing: everything goes to the origin. */
export function walkOriginOnly(walk: Walk): Promise<PhaseRecord> {
  // The proxy was started like this.
  return walkPhase(walk, { label: FIRST_LABEL, phase: 1, title: 'origin only', change: null })
}

import { ORIGIN, type Side, TARGET } from '../side.ts'
import type { Routing } from './routing.ts'

/** The clusters that this routing cannot do without. */
export function neededSides(routing: Routing): readonly Side[] {
  if (routing.writes === 'dual') return [ORIGIN, TARGET]
  return [routing.writes === 'origin' ? ORIGIN : TARGET]
}

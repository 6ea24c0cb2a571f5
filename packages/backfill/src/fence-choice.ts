import { BackfillError } from './errors.ts'
import { FENCE_AGE_MS_MAX } from './fence.ts'
import type { GateState } from './gate.ts'
import type { BackfillOptions } from './options.ts'

/** Before the switch to dual writes, and by more than the two clocks' resolution. */
const MARGIN_MICROS = 1000n

export interface FenceSources {
  readonly gate: GateState | null
  /** That of the checkpoint the run goes on from. */
  readonly saved: bigint | null
  readonly nowMs: number
}

/**
 * The time for everything whose write time cannot be read: given, or the checkpoint's, or just before the proxy's switch.
 * @returns microseconds since 1970
 * @throws BACKFILL_BAD_OPTION, BACKFILL_FENCE_MISSING, BACKFILL_FENCE_TOO_LATE
 */
export function chooseFence(options: Pick<BackfillOptions, 'fenceMicros' | 'accept'>, sources: FenceSources): bigint {
  const { gate, saved, nowMs } = sources
  const given = options.fenceMicros ?? saved
  if (given === null) {
    if (gate) return gate.dualSinceMicros - MARGIN_MICROS
    if (options.accept?.includes('fence-at-start')) return BigInt(nowMs) * 1000n
    throw new BackfillError(
      'BACKFILL_FENCE_MISSING',
      'without a proxy there is no moment to take for the fence: give fence_micros, a time before any write that the copy ' +
        'must not beat, or accept fence-at-start where neither cluster is written to meanwhile',
    )
  }
  if (given < BigInt(nowMs - FENCE_AGE_MS_MAX) * 1000n) {
    throw new BackfillError(
      'BACKFILL_BAD_OPTION',
      `fence ${given} is more than 6 years ago; it is in microseconds since 1970, not milliseconds or seconds`,
    )
  }
  const latest = gate ? gate.dualSinceMicros : BigInt(nowMs) * 1000n
  if (given > latest || (gate && given === latest)) {
    throw new BackfillError(
      'BACKFILL_FENCE_TOO_LATE',
      `fence ${given} is not before ${gate ? `dual writes were switched on (${latest})` : `now (${latest})`}: ` +
        'copied values would beat newer ones',
    )
  }
  return given
}

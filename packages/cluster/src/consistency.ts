import { Consistency } from '@zdmkit/protocol'

/** A consistency level by its CQL name. */
export type ConsistencyName = keyof typeof Consistency

/** What every request uses unless told otherwise. */
export const DEFAULT_CONSISTENCY: ConsistencyName = 'LOCAL_QUORUM'

/** Whether the text names a consistency level. */
export function isConsistencyName(text: string): text is ConsistencyName {
  return Object.hasOwn(Consistency, text)
}

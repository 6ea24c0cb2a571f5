import { ProxyError } from '../errors.ts'
import type { ClusterName } from '../side.ts'

export const writeModes = ['origin', 'dual', 'target'] as const
export type WriteMode = (typeof writeModes)[number]

export const readModes = ['PRIMARY_ONLY', 'DUAL_ASYNC_ON_SECONDARY'] as const
export type ReadMode = (typeof readModes)[number]

/** Where requests go. A value: changed only as a whole. */
export interface Routing {
  /** Which clusters a write is sent to. */
  readonly writes: WriteMode
  /** Whose answer a dual write is given, and whose error when both fail. */
  readonly primary: ClusterName
  /** DUAL_ASYNC_ON_SECONDARY sends each read to the other cluster too and compares the answers. */
  readonly readMode: ReadMode
  /** Share of the keys that are read from the target, 0 to 100; the rest is read from the origin. */
  readonly targetReadPercent: number
}

const fields = ['writes', 'primary', 'readMode', 'targetReadPercent'] as const

/** The routing that ZDM's settings ask for: dual writes, reads from the primary. */
export function initialRouting(primary: ClusterName, readMode: ReadMode, writes: WriteMode): Routing {
  return checkRouting({ writes, primary, readMode, targetReadPercent: primary === 'target' ? 100 : 0 })
}

/**
 * `current` with the fields of `change` in place of its own. A change of primary alone moves the reads with it, as ZDM's
 * `primary_cluster` does.
 * @throws PROXY_ROUTING_BAD_VALUE for an unknown field or value, PROXY_ROUTING_CONFLICT for a combination that would serve reads
 * from a cluster that does not get the writes
 */
export function changeRouting(current: Routing, change: unknown): Routing {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw new ProxyError('PROXY_ROUTING_BAD_VALUE', 'routing must be a JSON object')
  }
  const given = new Map(Object.entries(change))
  for (const key of given.keys()) {
    if (!fields.some((field) => field === key)) {
      throw new ProxyError(
        'PROXY_ROUTING_BAD_VALUE',
        `routing has no field "${key.slice(0, 40)}"; its fields are ${fields.join(', ')}`,
      )
    }
  }
  const primary = oneOf('primary', given.get('primary'), ['origin', 'target'] as const) ?? current.primary
  const movesPrimary = primary !== current.primary
  const percent = given.get('targetReadPercent')
  if (
    percent !== undefined &&
    !(typeof percent === 'number' && Number.isInteger(percent) && percent >= 0 && percent <= 100)
  ) {
    throw new ProxyError('PROXY_ROUTING_BAD_VALUE', 'targetReadPercent must be an integer from 0 to 100')
  }
  return checkRouting({
    writes: oneOf('writes', given.get('writes'), writeModes) ?? current.writes,
    primary,
    readMode: oneOf('readMode', given.get('readMode'), readModes) ?? current.readMode,
    targetReadPercent: percent ?? (movesPrimary ? (primary === 'target' ? 100 : 0) : current.targetReadPercent),
  })
}

function checkRouting(routing: Routing): Routing {
  const { writes, primary, readMode, targetReadPercent } = routing
  if (writes === 'dual') return Object.freeze(routing)
  const served = writes === 'origin' ? 0 : 100
  if (primary !== writes || targetReadPercent !== served) {
    throw new ProxyError(
      'PROXY_ROUTING_CONFLICT',
      `writes: ${writes} needs primary: ${writes} and targetReadPercent: ${served} (asked: primary ${primary}, ${targetReadPercent} %); ` +
        'anything else would read from a cluster that misses the writes',
    )
  }
  if (readMode !== 'PRIMARY_ONLY') {
    throw new ProxyError(
      'PROXY_ROUTING_CONFLICT',
      `writes: ${writes} needs readMode: PRIMARY_ONLY; comparing reads needs dual writes`,
    )
  }
  return Object.freeze(routing)
}

function oneOf<T extends string>(field: string, value: unknown, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined)
    throw new ProxyError('PROXY_ROUTING_BAD_VALUE', `${field} must be one of ${allowed.join(', ')}`)
  return found
}

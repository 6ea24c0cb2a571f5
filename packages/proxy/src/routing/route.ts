import type { Statement } from '@zdmkit/cql'
import { ORIGIN, type Side, TARGET } from '../side.ts'
import type { Routing } from './routing.ts'

/** What the router needs to know of a statement; computed once per text. */
export type StatementClass = 'read' | 'system-read' | 'write' | 'use' | 'insights' | 'virtual'

/** Sent to both clusters; the primary's answer counts. */
export const BOTH = 2
export type Destination = Side | typeof BOTH

/** Tables that describe the cluster itself: one of the two answers, never both (ZDM Proxy 2.4.2, section "By statement"). */
const SYSTEM_KEYSPACE = /^(system|dse)(_|$)/

/**
 * The class of a statement whose unqualified names resolve in `keyspace`. The leading keyword decides: a SELECT with syntax that
 * nobody has seen yet is still a read, and everything unknown is a write, because a write to both clusters is the safe mistake.
 */
export function classify(statement: Statement, keyspace: string | null): StatementClass {
  const { kind } = statement
  if (kind === 'select') {
    const home = statement.keyspace ?? keyspace
    return home !== null && SYSTEM_KEYSPACE.test(home) ? 'system-read' : 'read'
  }
  if (kind === 'use') return 'use'
  if (kind === 'call' && statement.callProcedure?.toLowerCase().startsWith('insightsrpc.')) return 'insights'
  return 'write'
}

/** Whether a statement of class `write` changes rows, as far as its text tells: it gets a write time. */
export function changesRows(statement: Statement): boolean {
  const { kind } = statement
  return kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'batch'
}

/** Whether it may change rows, for all that is known: the rule of writes holds when it fails. */
export function mayChangeRows(statement: Statement): boolean {
  return changesRows(statement) || statement.kind === 'other' || statement.kind === 'call'
}

/** Where a write goes. */
export function routeWrite(routing: Routing): Destination {
  if (routing.writes === 'dual') return BOTH
  return routing.writes === 'origin' ? ORIGIN : TARGET
}

/** Where a read of the given share goes; `inTargetShare` is asked only when the percentage leaves a choice. */
export function routeRead(routing: Routing, inTargetShare: (percent: number) => boolean): Side {
  const percent = routing.targetReadPercent
  if (percent === 0) return ORIGIN
  if (percent === 100) return TARGET
  return inTargetShare(percent) ? TARGET : ORIGIN
}

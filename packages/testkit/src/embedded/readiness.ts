// A node is ready when a CQL query answers, and a ring when every node can reach every other. An open port says neither.

import { setTimeout as delay } from 'node:timers/promises'
import { Consistency } from '@zdmkit/protocol'
import type { Credentials } from '@zdmkit/transport'
import { TestkitError } from '../errors.ts'
import { countRows, type Probe } from './cql-probe.ts'
import type { NodeProcess } from './node-process.ts'

/** How to look, and until when. */
export interface ReadinessOptions {
  credentials: Credentials | undefined
  /** On `performance.now()`. */
  deadlineMs: number
  signal: AbortSignal
}

const LOOK_EVERY_MS = 40

/** Resolves when the node answers, after a login where there is one: its first role appears a moment after the port. */
export async function waitForNode(node: NodeProcess, options: ReadinessOptions): Promise<void> {
  await until(node, options, async (probe) => {
    return (await countRows({ ...probe, query: 'SELECT key FROM system.local' })) === 1
  })
}

/** Resolves when every node knows every other, and all answer together. */
export async function waitForRing(nodes: readonly NodeProcess[], options: ReadinessOptions): Promise<void> {
  for (const node of nodes) {
    await until(node, options, async (probe) => {
      const peers = await countRows({ ...probe, query: 'SELECT peer FROM system.peers' })
      if (peers !== nodes.length - 1) return false
      // Two replicas of every range, and the whole ring read: no node can be missing.
      await countRows({
        ...probe,
        query: 'SELECT session_id FROM system_traces.sessions',
        consistency: Consistency.ALL,
      })
      return true
    })
  }
}

type ProbeBase = Omit<Probe, 'query' | 'consistency'>

async function until(
  node: NodeProcess,
  { credentials, deadlineMs, signal }: ReadinessOptions,
  look: (probe: ProbeBase) => Promise<boolean>,
): Promise<void> {
  const { host, nativePort } = node.settings
  let last = 'nothing'
  for (;;) {
    signal.throwIfAborted()
    if (node.exit !== null) throw await node.explainExit()
    try {
      if (await look({ host, port: nativePort, credentials, signal })) return
      last = 'not all nodes are in the ring yet'
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    if (performance.now() > deadlineMs) throw await timedOut(node, last)
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
}

async function timedOut(node: NodeProcess, last: string): Promise<TestkitError> {
  const message = `${node} was not ready in time; the last look gave: ${last}. Its log ends with:\n${await node.readLogTail()}`
  return new TestkitError('EMBEDDED_START_TIMED_OUT', message)
}

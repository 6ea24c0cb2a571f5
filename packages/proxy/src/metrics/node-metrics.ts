import { ErrorCode, messageOffset } from '@zdmkit/protocol'
import type { HotCounter, HotGauge, HotHistogram } from '@zdmkit/runtime'
import type { ClusterChannel } from '../group/cluster-channel.ts'

/** Values of the label `error`, in ZDM Proxy's words. */
export const nodeErrors = [
  'client_timeout',
  'read_timeout',
  'read_failure',
  'write_timeout',
  'write_failure',
  'overloaded',
  'unavailable',
  'unprepared',
  'other',
] as const
export type NodeError = (typeof nodeErrors)[number]

const errorByCode: ReadonlyMap<number, NodeError> = new Map<number, NodeError>([
  [ErrorCode.READ_TIMEOUT, 'read_timeout'],
  [ErrorCode.READ_FAILURE, 'read_failure'],
  [ErrorCode.WRITE_TIMEOUT, 'write_timeout'],
  [ErrorCode.WRITE_FAILURE, 'write_failure'],
  [ErrorCode.OVERLOADED, 'overloaded'],
  [ErrorCode.UNAVAILABLE, 'unavailable'],
  [ErrorCode.UNPREPARED, 'unprepared'],
])

/** The recorders of one node's series. */
export interface NodeRecorders {
  reads: HotHistogram
  writes: HotHistogram
  errors: Readonly<Record<NodeError, HotCounter>>
  connections: HotGauge
  failedConnections: HotCounter
}

/** What is counted about one node of one cluster. */
export class NodeMetrics {
  readonly #recorders: NodeRecorders
  readonly #channels = new Set<ClusterChannel>()
  /** Asynchronous reads that the node has not answered. */
  asyncInFlight = 0

  constructor(recorders: NodeRecorders) {
    this.#recorders = recorders
  }

  get failedConnections(): HotCounter {
    return this.#recorders.failedConnections
  }

  /** Streams in use on all connections to the node. */
  get usedStreams(): number {
    let used = 0
    for (const channel of this.#channels) used += channel.inFlight
    return used
  }

  /** HOT PATH: the node answered a request after `ms`. */
  answered(isRead: boolean, ms: number): void {
    const { reads, writes } = this.#recorders
    if (isRead) reads.observe(ms / 1000)
    else writes.observe(ms / 1000)
  }

  /** The node answered with the ERROR frame in `buffer[start, end)`. */
  failed(buffer: Buffer, start: number, end: number): void {
    const at = messageOffset(buffer, start, end)
    const code = at < 0 || at + 4 > end ? ErrorCode.SERVER_ERROR : buffer.readInt32BE(at)
    this.#recorders.errors[errorByCode.get(code) ?? 'other'].inc()
  }

  timedOut(): void {
    this.#recorders.errors.client_timeout.inc()
  }

  opened(channel: ClusterChannel): void {
    this.#channels.add(channel)
    this.#recorders.connections.set(this.#channels.size)
  }

  closed(channel: ClusterChannel): void {
    this.#channels.delete(channel)
    this.#recorders.connections.set(this.#channels.size)
  }
}

import type { Socket } from 'node:net'
import { Channel, type ChannelOptions, exchange, type ResponseFrame, type TransportError } from '@zdmkit/transport'
import type { NodeMetrics } from '../metrics/node-metrics.ts'
import type { PreparedEntry } from '../prepared/prepared-entry.ts'
import type { Side } from '../side.ts'
import { ClusterUnreachable } from './cluster-unreachable.ts'

/** A channel that knows its cluster and the metrics of its node, so that an answer finds both without a look-up. */
export class ClusterChannel extends Channel {
  readonly side: Side
  readonly metrics: NodeMetrics
  /** PREPAREs of the proxy's own that are under way here. */
  readonly preparing: Map<PreparedEntry, Promise<void>> = new Map()
  /** Whoever owns it now hears of its end, once. `null`: closed by us. */
  onEnded: ((error: TransportError | null) => void) | null = null
  /** Monotonic ms. */
  readonly openedMs: number = performance.now()
  /** Monotonic ms of the last bytes from the server. */
  receivedMs: number = performance.now()
  /** It was silent for long and is asked for a sign of life. */
  isProbed = false

  constructor(socket: Socket, options: ChannelOptions, side: Side, metrics: NodeMetrics) {
    super(socket, options)
    this.side = side
    this.metrics = metrics
  }

  /**
   * Sends one request of the proxy's own and waits for the answer, which may be an ERROR.
   * @throws ClusterUnreachable
   */
  async ask(frame: Buffer, timeoutMs: number): Promise<ResponseFrame> {
    try {
      return await exchange(this, frame, timeoutMs)
    } catch (cause) {
      throw new ClusterUnreachable(this.side, cause)
    }
  }
}

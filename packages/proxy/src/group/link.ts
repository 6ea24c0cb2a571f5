import { BODY_BYTES_MAX, encodeRequest, options, type ProtocolVersion } from '@zdmkit/protocol'
import { connectSocket, STREAM_IDS_MAX, TransportError } from '@zdmkit/transport'
import type { ProxyContext } from '../proxy-context.ts'
import { clusterNames, type Side } from '../side.ts'
import { ClusterChannel } from './cluster-channel.ts'
import { ClusterUnreachable } from './cluster-unreachable.ts'

/** First pause before a lost connection is opened again; doubles up to the second. */
const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 10_000
/** A connection that lived this long was good: the next one is opened at once. */
const STABLE_MS = 1000
/** A connection is replaced when so many of its streams wait for answers that did not come in time, before none is left. */
const ABANDONED_MAX = STREAM_IDS_MAX / 2

/** Makes a connected channel a member of its group: STARTUP, login, USE. Throws what refuses it. */
export type Admission = (channel: ClusterChannel) => Promise<void>

/** A group's connections to one cluster: opened on demand, kept open, opened again when lost. */
export class Link {
  readonly side: Side
  readonly #context: ProxyContext
  readonly #version: number
  readonly #admit: Admission
  readonly #channels: ClusterChannel[] = []
  /** No more requests go to these; each is closed when those it has are over. */
  readonly #retired = new Set<ClusterChannel>()
  #lastError: Error | null = null
  #retryMs = RETRY_MIN_MS
  #timer: NodeJS.Timeout | null = null
  #isOpening = false
  #isClosed = false
  readonly #abort = new AbortController()

  constructor(context: ProxyContext, side: Side, version: number, admit: Admission) {
    this.#context = context
    this.side = side
    this.#version = version
    this.#admit = admit
  }

  get isUp(): boolean {
    return this.#channels.length > 0
  }

  /** HOT PATH: the connection for the client in this slot, or `null` when none takes requests now. */
  pick(slot: number): ClusterChannel | null {
    const count = this.#channels.length
    if (count === 0) return null
    const channel = this.#channels[count === 1 ? 0 : slot % count] as ClusterChannel
    return channel.pendingBytes > this.#context.options.clusterQueueBytesMax ? null : channel
  }

  /** Why `pick` finds nothing, in words for the client. */
  get downReason(): string {
    if (this.isUp) return 'its connection has too many bytes waiting'
    const error = this.#lastError
    return (error instanceof ClusterUnreachable ? error.reason : error?.message) ?? 'no connection is open yet'
  }

  /**
   * Opens the first connection now.
   * @throws whatever refuses it: ClusterUnreachable, or a RefusedByCluster from the admission
   */
  async open(): Promise<void> {
    if (this.isUp) return
    try {
      this.adopt(await this.#connect())
    } catch (cause) {
      this.#lastError = cause instanceof Error ? cause : new Error(String(cause))
      throw cause
    }
  }

  /** Takes a connection that has been admitted elsewhere; one more than wanted is closed. */
  adopt(channel: ClusterChannel): void {
    if (this.#isClosed || this.#channels.length >= this.#context.options.connectionsPerHost) {
      channel.close()
      return
    }
    if (channel.isClosed) {
      this.#keepUpLater()
      return
    }
    channel.onEnded = (error) => this.#onEnded(channel, error)
    this.#channels.push(channel)
    this.#lastError = null
    this.keepUp()
  }

  /** Opens connections until there are as many as wanted; after a failure again, later and later. */
  keepUp(): void {
    if (this.#isClosed || this.#isOpening || this.#timer) return
    if (this.#channels.length >= this.#context.options.connectionsPerHost) return
    this.#isOpening = true
    this.#connect().then(
      (channel) => {
        this.#isOpening = false
        this.adopt(channel)
      },
      (cause: unknown) => {
        this.#isOpening = false
        this.#lastError = cause instanceof Error ? cause : new Error(String(cause))
        if (this.#isClosed) return
        this.#context.log.warn('cluster-connection-failed', {
          cluster: clusterNames[this.side],
          error: this.#lastError.message,
          retryMs: this.#retryMs,
        })
        this.#keepUpLater()
      },
    )
  }

  /** The routing needs this cluster from now on: the pause before the next attempt ends. */
  wake(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#retryMs = RETRY_MIN_MS
    this.keepUp()
  }

  #keepUpLater(): void {
    if (this.#isClosed || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.keepUp()
    }, this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
  }

  /**
   * Replaces connections that cannot serve for long, and asks those for a sign of life that owe answers and are silent: a node
   * that is gone without a word would keep its connection for as long as TCP repeats itself, a quarter of an hour.
   */
  sweep(nowMs: number): void {
    for (const channel of this.#retired) if (channel.inFlight === channel.abandoned) channel.close()
    for (const channel of this.#channels) {
      if (channel.abandoned === 0) continue
      if (channel.abandoned >= ABANDONED_MAX) {
        this.#retire(channel)
        return
      }
      if (nowMs - channel.receivedMs > this.#context.options.requestTimeoutMs) this.#probe(channel)
    }
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#abort.abort(new Error('the group is closed'))
    for (const channel of [...this.#channels]) channel.close()
    this.#channels.length = 0
    for (const channel of this.#retired) channel.close()
  }

  #retire(channel: ClusterChannel): void {
    this.#channels.splice(this.#channels.indexOf(channel), 1)
    this.#retired.add(channel)
    channel.onEnded = () => this.#retired.delete(channel)
    this.#context.log.warn('cluster-connection-retired', {
      cluster: clusterNames[this.side],
      unanswered: channel.abandoned,
    })
    this.keepUp()
  }

  #probe(channel: ClusterChannel): void {
    if (channel.isProbed) return
    channel.isProbed = true
    const { requestTimeoutMs } = this.#context.options
    const frame = encodeRequest(options, {}, { version: channel.version as ProtocolVersion, stream: 0 })
    channel.ask(frame, requestTimeoutMs).then(
      () => {
        channel.isProbed = false
      },
      () => {
        const reason = `${channel.peer} answered nothing for ${requestTimeoutMs} ms, OPTIONS included`
        channel.close(new TransportError('TRANSPORT_CONNECTION_LOST', reason))
      },
    )
  }

  async #connect(): Promise<ClusterChannel> {
    const channel = await connectNode(this.#context, this.side, this.#version, this.#abort.signal)
    try {
      await this.#admit(channel)
    } catch (cause) {
      channel.close()
      throw cause
    }
    return channel
  }

  #onEnded(channel: ClusterChannel, error: TransportError | null): void {
    const index = this.#channels.indexOf(channel)
    if (index < 0) return
    this.#channels.splice(index, 1)
    if (this.#isClosed) return
    this.#lastError = error
    this.#context.log.warn('cluster-connection-lost', {
      cluster: clusterNames[this.side],
      error: error?.message ?? 'closed',
    })
    // One that ends as soon as it is open would be opened again and again without a pause.
    if (performance.now() - channel.openedMs < STABLE_MS) {
      this.#keepUpLater()
      return
    }
    this.#retryMs = RETRY_MIN_MS
    this.keepUp()
  }
}

/**
 * A TCP connection to one of the cluster's nodes, each contact point tried once in turn.
 * @throws ClusterUnreachable of the last node tried
 */
export async function connectNode(
  context: ProxyContext,
  side: Side,
  version: number,
  signal?: AbortSignal,
): Promise<ClusterChannel> {
  const cluster = context.options.clusters[side]
  const first = context.metrics.nextNode(side, cluster.contactPoints.length)
  let failure: unknown
  for (let i = 0; i < cluster.contactPoints.length; i++) {
    const host = cluster.contactPoints[(first + i) % cluster.contactPoints.length] as string
    const metrics = context.metrics.node(side, `${host}:${cluster.port}`)
    let channel: ClusterChannel | null = null
    try {
      const socket = await connectSocket({
        host,
        port: cluster.port,
        timeoutMs: cluster.connectionTimeoutMs,
        ...(signal ? { signal } : {}),
        onData: (chunk) => {
          context.nowMs = performance.now()
          try {
            if (channel === null) return
            channel.receivedMs = context.nowMs
            channel.receive(chunk)
          } catch (cause) {
            // A defect met by one answer costs this connection; its requests are answered as lost.
            context.log.error('answer-failed', { cluster: clusterNames[side], error: cause })
            channel?.close(
              new TransportError(
                'TRANSPORT_CONNECTION_LOST',
                `an answer of ${clusterNames[side]} could not be handled`,
              ),
            )
          }
        },
      })
      const opened: ClusterChannel = new ClusterChannel(
        socket,
        {
          version,
          inFlightMax: STREAM_IDS_MAX,
          bodyBytesMax: BODY_BYTES_MAX,
          onStray: () =>
            context.log.warn('cluster-error-on-stream-0', {
              cluster: clusterNames[side],
              node: `${host}:${cluster.port}`,
            }),
          onClose: (error) => {
            metrics.closed(opened)
            opened.onEnded?.(error)
          },
        },
        side,
        metrics,
      )
      channel = opened
      metrics.opened(opened)
      return opened
    } catch (cause) {
      metrics.failedConnections.inc()
      failure = cause
      if (signal?.aborted) break
    }
  }
  throw new ClusterUnreachable(side, failure)
}

// HOT PATH: one Request per forwarded request; its answers are copied once, into the client's gatherer.

import { ErrorCode, Opcode } from '@zdmkit/protocol'
import type { Channel, ResponseSink, TransportError } from '@zdmkit/transport'
import type { ClientConnection } from '../client/client-connection.ts'
import type { Patch } from '../client/forward.ts'
import type { DualRead } from '../compare/dual-read.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import type { Group } from '../group/group.ts'
import type { NodeMetrics } from '../metrics/node-metrics.ts'
import type { PreparedEntry } from '../prepared/prepared-entry.ts'
import { reprepare } from '../prepared/reprepare.ts'
import type { Generation } from '../routing/generations.ts'
import { ORIGIN, type PerSide, type Side, TARGET } from '../side.ts'
import { errorOutcome } from './error-outcome.ts'
import type { Outcome } from './settle.ts'

/** RESULT of kind VOID: nearly every answer to a write. */
const VOID_FRAME_BYTES = 13
const OK: Outcome = { kind: 'ok' }
const TIMEOUT: Outcome = { kind: 'timeout' }
const LOST: Outcome = { kind: 'lost' }
const HEADER_BYTES = 9

/** What becomes of the answers. */
export const RequestKind = { READ: 0, WRITE: 1, OTHER: 2 } as const
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind]

/**
 * One request on its way: which clusters were asked, what they answered, who waits. Answered exactly once, by `answerRequest`,
 * when no cluster is waited for any more. Linked into the proxy's deadline list while it waits.
 */
export class Request implements ResponseSink {
  readonly client: ClientConnection
  /** The client's when it came: in the keyspace that its names mean, whatever USE the client sends while this one waits. */
  readonly group: Group | null
  /** The client's own stream id. */
  readonly stream: number
  readonly kind: RequestKind
  readonly generation: Generation
  /** Monotonic ms at arrival. */
  readonly startMs: number
  readonly consistency: number
  /** The frame as it is sent, kept to prepare its statement anew on a cluster that forgot it. */
  source: Buffer
  start: number
  end: number
  entry: PreparedEntry | null = null
  /** The prepared children of a BATCH, in order. */
  batchEntries: readonly PreparedEntry[] | null = null
  /** Puts prepared ids into a frame just sent; kept to send it again. */
  patch: Patch | null = null
  /** Series that it counts in; -1 before it was sent. */
  series = -1
  primary: Side = ORIGIN
  isIdempotent = false
  isConditional = false
  /** It has a paging state, which only its cluster can read. */
  isSuspect = false
  isBatch = false
  /** Clusters asked. */
  isDual = false
  /** Answers outstanding. */
  waiting = 0
  isAnswered = false
  isLinked = false
  /** The same read on the other cluster, to be compared. */
  dualRead: DualRead | null = null
  originOutcome: Outcome | null = null
  targetOutcome: Outcome | null = null
  /** The cluster's frame, copied; `null` with outcome ok is a VOID result. */
  originFrame: Buffer | null = null
  targetFrame: Buffer | null = null
  originChannel: ClusterChannel | null = null
  targetChannel: ClusterChannel | null = null
  originStream = -1
  targetStream = -1
  /** A statement is prepared anew at most once for each cluster, request and (in a batch) child. */
  originRetries = 0
  targetRetries = 0
  /** Deadline list. */
  previous: Request | null = null
  next: Request | null = null

  constructor(
    client: ClientConnection,
    stream: number,
    kind: RequestKind,
    generation: Generation,
    startMs: number,
    consistency: number,
    source: Buffer,
    start: number,
    end: number,
  ) {
    this.client = client
    this.group = client.group
    this.stream = stream
    this.kind = kind
    this.generation = generation
    this.startMs = startMs
    this.consistency = consistency
    this.source = source
    this.start = start
    this.end = end
  }

  /** The channel is asked and will be heard through this sink. */
  sent(side: Side, channel: ClusterChannel, stream: number): void {
    if (side === ORIGIN) {
      this.originChannel = channel
      this.originStream = stream
    } else {
      this.targetChannel = channel
      this.targetStream = stream
    }
    this.waiting++
  }

  outcome(side: Side): Outcome | null {
    return side === ORIGIN ? this.originOutcome : this.targetOutcome
  }

  frame(side: Side): Buffer | null {
    return side === ORIGIN ? this.originFrame : this.targetFrame
  }

  outcomes(): PerSide<Outcome> {
    return [this.originOutcome ?? LOST, this.targetOutcome ?? LOST]
  }

  onResponse(from: Channel, buffer: Buffer, start: number, end: number): void {
    const channel = from as ClusterChannel
    const { side, metrics } = channel
    const client = this.client
    const isError = buffer[start + 4] === Opcode.ERROR
    if (isError && (this.entry !== null || this.batchEntries !== null) && reprepare(this, channel, buffer, start, end))
      return
    metrics.answered(this.kind === RequestKind.READ, client.context.nowMs - this.startMs)
    if (!this.isDual && !isError) {
      this.waiting = 0
      client.answerFrom(this, side, buffer, start, end, false)
      return
    }
    if (isError) this.#keepError(side, buffer, start, end, metrics)
    else {
      const isVoid =
        end - start === VOID_FRAME_BYTES &&
        buffer[start + 4] === Opcode.RESULT &&
        buffer[start + HEADER_BYTES + 3] === 1
      this.#settleSide(side, OK, isVoid && buffer[start + 1] === 0 ? null : Buffer.from(buffer.subarray(start, end)))
    }
  }

  onLost(channel: Channel, _error: TransportError): void {
    this.#isUnknownFor()
    this.#settleSide((channel as ClusterChannel).side, LOST, null)
  }

  /** The request time-out has passed: whoever has not answered is given up. */
  expire(): void {
    if (this.originChannel === null && this.targetChannel === null) {
      const text = 'the statement could not be prepared before the request time-out; nothing was sent'
      this.client.answerError(this, ErrorCode.OVERLOADED, text)
      return
    }
    this.#isUnknownFor()
    this.#expireSide(ORIGIN)
    this.#expireSide(TARGET)
  }

  /** Whether this part may be sent once more after its statement was prepared; its stream is free by now. */
  mayRetry(side: Side): boolean {
    const most = this.batchEntries?.length ?? 1
    if (side === ORIGIN) {
      this.originStream = -1
      return ++this.originRetries <= most
    }
    this.targetStream = -1
    return ++this.targetRetries <= most
  }

  /** This part is over. */
  settlePart(side: Side, outcome: Outcome, frame: Buffer | null): void {
    this.#settleSide(side, outcome, frame)
  }

  /** What was given up may still be applied for as long as the cluster itself works on a write. */
  #isUnknownFor(): void {
    const { nowMs, clusterWriteTimeoutMs } = this.client.context
    this.generation.unknownUntilMs = Math.max(this.generation.unknownUntilMs, nowMs + clusterWriteTimeoutMs)
  }

  #expireSide(side: Side): void {
    const channel = side === ORIGIN ? this.originChannel : this.targetChannel
    const stream = side === ORIGIN ? this.originStream : this.targetStream
    if (channel === null || this.outcome(side) !== null || this.isAnswered) return
    if (stream >= 0) channel.abandon(stream)
    channel.metrics.timedOut()
    this.#settleSide(side, TIMEOUT, null)
  }

  #keepError(side: Side, buffer: Buffer, start: number, end: number, metrics: NodeMetrics): void {
    metrics.failed(buffer, start, end)
    const frame = Buffer.from(buffer.subarray(start, end))
    this.#settleSide(side, errorOutcome(frame), frame)
  }

  #settleSide(side: Side, outcome: Outcome, frame: Buffer | null): void {
    if (side === ORIGIN) {
      this.originOutcome = outcome
      this.originFrame = frame
      this.originStream = -1
    } else {
      this.targetOutcome = outcome
      this.targetFrame = frame
      this.targetStream = -1
    }
    if (--this.waiting > 0) return
    this.client.settle(this)
  }
}

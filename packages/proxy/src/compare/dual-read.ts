import { ErrorCode, Opcode } from '@zdmkit/protocol'
import type { Channel, ResponseSink } from '@zdmkit/transport'
import type { Patch } from '../client/forward.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import type { NodeMetrics } from '../metrics/node-metrics.ts'
import { prepareOn } from '../prepared/prepare-on.ts'
import { errorOutcome } from '../settle/error-outcome.ts'
import type { Request } from '../settle/request.ts'
import { otherSide, type PerSide, type Side } from '../side.ts'
import { shortBytes, spliceFrame } from '../write/splice-frame.ts'
import { compareResults } from './compare-results.ts'

/** Pauses before both clusters are read again; a write may have reached only one of them when the answers were made. */
const RECHECK_PAUSES_MS = [200, 400, 800] as const
/** Values that differ between two clusters, or two moments, by nature. */
const VOLATILE = /\b(ttl|now|uuid|current_?time_?uuid|current_?timestamp|current_?time|current_?date)\s*\(/i

/** One read that both clusters answer: the client gets the first answer, the second is compared with it. */
export class DualRead implements ResponseSink {
  readonly request: Request
  readonly #side: Side
  readonly #label: { keyspace: string | null; table: string | null }
  readonly #metrics: NodeMetrics
  #channel: ClusterChannel | null
  #stream: number
  #primary: Buffer | null = null
  #secondary: Buffer | null = null
  #isOver = false

  constructor(
    request: Request,
    channel: ClusterChannel,
    stream: number,
    label: { keyspace: string | null; table: string | null },
  ) {
    this.request = request
    this.#side = channel.side
    this.#channel = channel
    this.#stream = stream
    this.#label = label
    this.#metrics = request.client.context.metrics.asyncNode(channel.peer)
    this.#metrics.asyncInFlight++
  }

  /** The answer that the client gets. */
  onPrimary(buffer: Buffer, start: number, end: number): void {
    if (this.#isOver) return
    this.#primary = Buffer.from(buffer.subarray(start, end))
    this.#compareWhenBoth()
  }

  onResponse(_channel: Channel, buffer: Buffer, start: number, end: number): void {
    this.#leaveChannel()
    this.#metrics.answered(true, this.request.client.context.nowMs - this.request.startMs)
    if (buffer[start + 4] === Opcode.ERROR) {
      this.#metrics.failed(buffer, start, end)
      this.#prepareForgotten(buffer, start, end)
      this.#drop()
      return
    }
    this.#secondary = Buffer.from(buffer.subarray(start, end))
    this.#compareWhenBoth()
  }

  onLost(): void {
    this.#leaveChannel()
    this.#drop()
  }

  /** The primary gave no answer to compare with. */
  cancel(): void {
    this.#abandon()
    this.#finish()
  }

  expire(): void {
    this.#metrics.timedOut()
    this.#abandon()
    this.#drop()
  }

  /** Nothing but compared reads may come to this cluster, so nothing else would prepare the statement there again. */
  #prepareForgotten(buffer: Buffer, start: number, end: number): void {
    const { client, entry } = this.request
    const outcome = errorOutcome(buffer.subarray(start, end))
    if (entry !== null && outcome.code === ErrorCode.UNPREPARED) prepareOn(client, this.#side, entry).catch(() => {})
  }

  #compareWhenBoth(): void {
    if (this.#primary === null || this.#secondary === null) return
    const { metrics } = this.request.client.context
    const comparison = compareResults(this.#primary, this.#secondary)
    if (comparison === 'not-comparable') return this.#drop()
    metrics.readComparisons.inc()
    this.#finish()
    if (comparison === 'different') this.#startRecheck()
  }

  /** Where very many reads differ, as before a backfill, the clusters are not asked for all of them again. */
  #startRecheck(): void {
    const { dualReads, metrics, log } = this.request.client.context
    if (!dualReads.beginRecheck()) {
      metrics.droppedAsyncReads.inc()
      return
    }
    this.#recheck()
      .catch((cause: unknown) => {
        log.error('recheck-failed', { error: cause, ...this.#label })
        metrics.droppedAsyncReads.inc()
      })
      .finally(() => dualReads.endRecheck())
  }

  /** A difference is a suspect: only one that stays is a mismatch. */
  async #recheck(): Promise<void> {
    const { context } = this.request.client
    for (const pauseMs of RECHECK_PAUSES_MS) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      const answers = await this.#readBoth()
      if (answers === null) {
        context.metrics.droppedAsyncReads.inc()
        return
      }
      if (compareResults(...answers) === 'equal') return
    }
    context.metrics.readMismatches.inc()
    context.log.warn('read-mismatch', { ...this.#label })
  }

  async #readBoth(): Promise<PerSide<Buffer> | null> {
    const { client, group } = this.request
    if (client.isClosed || !group) return null
    const read = async (side: Side): Promise<Buffer | null> => {
      const channel = group.links[side].pick(client.slot)
      const frame = this.#frameFor(side)
      if (!channel || !frame) return null
      const answer = await channel.ask(frame, client.context.options.requestTimeoutMs)
      return Buffer.concat([
        Buffer.from([0x80 | answer.version, answer.flags, 0, 0, answer.opcode, 0, 0, 0, 0]),
        answer.body,
      ])
    }
    try {
      const [first, second] = await Promise.all([read(otherSide(this.#side)), read(this.#side)])
      return first && second ? [first, second] : null
    } catch {
      return null
    }
  }

  #frameFor(side: Side): Buffer | null {
    const { source, start, end, entry } = this.request
    if (entry === null) return Buffer.from(source.subarray(start, end))
    const id = entry.ids[side]
    if (!id) return null
    // Compared reads have no custom payload before their id: such frames are not compared.
    return spliceFrame(source, start, end, [
      { from: start + 9, to: start + 11 + entry.id.length, bytes: shortBytes(id) },
    ])
  }

  #abandon(): void {
    this.#channel?.abandon(this.#stream)
    this.#leaveChannel()
  }

  /** The second answer is not awaited any more. */
  #leaveChannel(): void {
    if (this.#channel === null) return
    this.#channel = null
    this.#stream = -1
    this.#metrics.asyncInFlight--
  }

  #drop(): void {
    if (this.#isOver) return
    this.request.client.context.metrics.droppedAsyncReads.inc()
    this.#finish()
  }

  #finish(): void {
    this.#isOver = true
    this.request.client.context.dualReads.remove(this)
  }
}

/** What a comparison has to know of the statement. */
export interface ComparedStatement {
  readonly text: string
  readonly keyspace: string | null
  readonly table: string | null
}

/** Sends the read to the other cluster as well; where that is not possible, it is counted as dropped. */
export function startDualRead(
  request: Request,
  primary: Side,
  statement: ComparedStatement,
  patch: Patch | null,
): void {
  const { client } = request
  const { context } = client
  const side = otherSide(primary)
  const hasHeaderFlags = request.source[request.start + 1] !== 0
  if (hasHeaderFlags || VOLATILE.test(statement.text)) return
  const { entry } = request
  if (entry !== null && entry.ids[side] === null) {
    // Ready for the next one.
    prepareOn(client, side, entry).catch(() => {})
    context.metrics.droppedAsyncReads.inc()
    return
  }
  const channel = context.dualReads.isFull ? null : (request.group?.links[side].pick(client.slot) ?? null)
  const stream = channel === null ? -1 : channel.reserve()
  if (channel === null || stream < 0) {
    context.metrics.droppedAsyncReads.inc()
    return
  }
  const read = new DualRead(request, channel, stream, { keyspace: statement.keyspace, table: statement.table })
  request.dualRead = read
  context.dualReads.add(read)
  channel.send(stream, read, request.source, request.start, request.end)
  if (patch !== null) patch(request, channel)
}

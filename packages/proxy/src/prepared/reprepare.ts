import { ErrorCode, messageOffset, ProtocolError, Reader } from '@zdmkit/protocol'
import { sendAgain } from '../client/forward.ts'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import { errorOutcome } from '../settle/error-outcome.ts'
import type { Request } from '../settle/request.ts'
import type { Side } from '../side.ts'
import { prepareOn } from './prepare-on.ts'
import type { PreparedEntry } from './prepared-entry.ts'

/**
 * When the ERROR in `buffer[start, end)` says that a cluster forgot a statement: prepares it there again and sends that
 * cluster's part once more, without the client noticing and without the other cluster applying anything twice. Returns whether
 * it took the answer over.
 */
export function reprepare(
  request: Request,
  channel: ClusterChannel,
  buffer: Buffer,
  start: number,
  end: number,
): boolean {
  const { side } = channel
  const at = messageOffset(buffer, start, end)
  if (at < 0 || at + 4 > end || buffer.readInt32BE(at) !== ErrorCode.UNPREPARED) return false
  const entry = request.entry ?? forgottenChild(request, side, buffer, at, end)
  if (entry === null || !request.mayRetry(side)) return false
  const frame = Buffer.from(buffer.subarray(start, end))
  prepareOn(request.client, side, entry).then(
    () => {
      if (request.isAnswered || request.outcome(side) !== null) return
      if (!sendAgain(request, side)) request.settlePart(side, errorOutcome(frame), frame)
    },
    (cause: unknown) => {
      request.client.context.log.warn('prepare-again-failed', {
        error: cause instanceof Error ? cause.message : String(cause),
      })
      if (!request.isAnswered && request.outcome(side) === null) request.settlePart(side, errorOutcome(frame), frame)
    },
  )
  return true
}

/** The child of a batch whose id the UNPREPARED at `buffer[at, end)` names, or `null` when it names none. */
export function forgottenChild(
  request: Request,
  side: Side,
  buffer: Buffer,
  at: number,
  end: number,
): PreparedEntry | null {
  try {
    const reader = new Reader(buffer, at + 4, end)
    reader.string()
    const id = reader.shortBytes()
    return request.batchEntries?.find((entry) => entry.ids[side]?.equals(id)) ?? null
  } catch (cause) {
    // A cut ERROR is passed on as one.
    if (cause instanceof ProtocolError) return null
    throw cause
  }
}

// HOT PATH: one call per read. Returns one reused object.

import { QueryFlag, type RequestShape } from '@zdmkit/protocol'
import type { PreparedEntry } from '../prepared/prepared-entry.ts'
import type { Generation } from '../routing/generations.ts'
import { hashBytes, isTargetShare } from '../routing/read-share.ts'
import { routeRead, type StatementClass } from '../routing/route.ts'
import { ORIGIN, type Side, sideOf } from '../side.ts'
import { spliceFrame } from '../write/splice-frame.ts'
import type { ClientConnection } from './client-connection.ts'
import { PAGING_TAG_BYTES, pagingStateSide } from './paging-tag.ts'

/** Where a read goes, and the frame to send: the client's own, or a copy without the proxy's tag in its paging state. */
export interface ReadDestination {
  side: Side
  buffer: Buffer
  start: number
  end: number
  /** The other cluster is to be asked too, for comparison. */
  isCompared: boolean
  /** The frame has a paging state. */
  hasPagingState: boolean
}

const result: ReadDestination = {
  side: ORIGIN,
  buffer: Buffer.alloc(0),
  start: 0,
  end: 0,
  isCompared: false,
  hasPagingState: false,
}

/** The destination of a walked read. The returned object is valid until the next call. */
export function readDestination(
  client: ClientConnection,
  statementClass: StatementClass,
  generation: Generation,
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
  entry: PreparedEntry | null,
): ReadDestination {
  const { routing } = generation
  result.buffer = buffer
  result.start = start
  result.end = end
  result.isCompared = false
  result.hasPagingState = false
  if ((shape.flags & QueryFlag.PAGING_STATE) !== 0 && shape.pagingStateEnd > shape.pagingStateStart) {
    result.hasPagingState = true
    const side = pagingStateSide(buffer, shape.pagingStateStart, shape.pagingStateEnd)
    // An untagged state was given by a cluster directly, before the proxy was there: the primary is the likelier one.
    result.side = side ?? sideOf(routing.primary)
    if (side !== null) {
      result.buffer = withoutTag(buffer, start, end, shape)
      result.start = 0
      result.end = result.buffer.length
    }
    return result
  }
  if (statementClass === 'system-read') {
    result.side = sideOf(systemCluster(client, routing.writes))
    return result
  }
  result.side = routeRead(routing, (percent) => isTargetShare(keyHash(buffer, shape, entry), percent))
  result.isCompared = routing.readMode === 'DUAL_ASYNC_ON_SECONDARY'
  return result
}

/** Whether the request asks for a later page that only one cluster can give, as of DESCRIBE, which goes to both. */
export function isTaggedPage(buffer: Buffer, shape: RequestShape): boolean {
  const { pagingStateStart: start, pagingStateEnd: end } = shape
  return end > start && pagingStateSide(buffer, start, end) !== null
}

/** Which cluster describes itself to clients; the one left over when only one is written. */
function systemCluster(client: ClientConnection, writes: 'origin' | 'dual' | 'target'): 'origin' | 'target' {
  return writes === 'dual' ? client.context.options.systemQueries : writes
}

/** Hash of the partition key where it is known, else of the text and all values: the same key reads the same cluster. */
function keyHash(buffer: Buffer, shape: RequestShape, entry: PreparedEntry | null): number {
  if (entry === null) {
    const text = hashBytes(buffer, shape.textStart, shape.textEnd)
    return hashBytes(buffer, shape.valuesStart, shape.valuesEnd, text)
  }
  const { keyIndices } = entry
  const hasNames = (shape.flags & QueryFlag.NAMES) !== 0
  if (keyIndices === null || keyIndices.length === 0 || hasNames || shape.valuesStart < 0) {
    return hashBytes(buffer, shape.valuesStart, shape.valuesEnd, hashBytes(entry.id, 0, entry.id.length))
  }
  let hash = hashBytes(buffer, 0, 0)
  for (const index of keyIndices) {
    let at = shape.valuesStart
    for (let i = 0; i < index && at < shape.valuesEnd; i++) at += 4 + Math.max(0, buffer.readInt32BE(at))
    if (at >= shape.valuesEnd) break
    hash = hashBytes(buffer, at, at + 4 + Math.max(0, buffer.readInt32BE(at)), hash)
  }
  return hash
}

function withoutTag(buffer: Buffer, start: number, end: number, shape: RequestShape): Buffer {
  const length = Buffer.allocUnsafe(4)
  length.writeInt32BE(shape.pagingStateEnd - shape.pagingStateStart - PAGING_TAG_BYTES)
  return spliceFrame(buffer, start, end, [
    { from: shape.pagingStateStart - 4, to: shape.pagingStateStart + PAGING_TAG_BYTES, bytes: length },
  ])
}

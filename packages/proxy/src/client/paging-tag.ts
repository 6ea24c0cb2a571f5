/**
 * A paging state means something only to the cluster that gave it. The proxy puts this tag before each state it passes on, and
 * sends later pages to the tagged cluster whatever the routing says by then.
 */

import { pagingStateOffset } from '@zdmkit/protocol'
import { ORIGIN, type Side, TARGET } from '../side.ts'

const MAGIC = Buffer.from([0x7a, 0x64, 0x6d, 0x01])
const TAG_BYTES = MAGIC.length + 1

/** The frame in `buffer[start, end)` with its paging state tagged, or `null` when it has none. */
export function tagPagingState(buffer: Buffer, start: number, end: number, side: Side): Buffer | null {
  const at = pagingStateOffset(buffer, start, end)
  if (at < 0) return null
  const stateBytes = buffer.readInt32BE(at)
  if (stateBytes < 0 || at + 4 + stateBytes > end) return null
  const tagged = Buffer.allocUnsafe(end - start + TAG_BYTES)
  const stateStart = at + 4 - start
  buffer.copy(tagged, 0, start, at + 4)
  tagged.writeInt32BE(stateBytes + TAG_BYTES, stateStart - 4)
  MAGIC.copy(tagged, stateStart)
  tagged[stateStart + MAGIC.length] = side
  buffer.copy(tagged, stateStart + TAG_BYTES, at + 4, end)
  tagged.writeInt32BE(tagged.length - 9, 5)
  return tagged
}

/** The cluster that the paging state in `buffer[start, end)` belongs to, or `null` when the proxy did not tag it. */
export function pagingStateSide(buffer: Buffer, start: number, end: number): Side | null {
  if (end - start < TAG_BYTES || buffer.compare(MAGIC, 0, MAGIC.length, start, start + MAGIC.length) !== 0) return null
  const side = buffer[start + MAGIC.length]
  return side === ORIGIN || side === TARGET ? side : null
}

/** The length of the tag at the front of a tagged state. */
export const PAGING_TAG_BYTES: number = TAG_BYTES

// HOT PATH: every row of both clusters passes here. Where the two sides agree, a row costs a comparison of its bytes and
// nothing is allocated.
import type { ScannedRow } from '@zdmkit/cluster'
import { differingCells } from '../compare.ts'
import { type Suspect, suspectOf } from '../suspect.ts'
import { Cursor } from './cursor.ts'
import { comparePartitions, isSameRow } from './order.ts'
import { type Decision, PartitionWindow } from './partition-window.ts'

export interface JoinCounts {
  /** Rows that each side gave; static cells are none. */
  readonly originRows: number
  readonly targetRows: number
  /** Rows, and static cells of partitions, that are on both sides with the same bytes. */
  readonly equal: number
}

export interface JoinOptions {
  /** Called for each difference; where it gives a promise, the join waits for it and reads no further. */
  readonly onSuspect: (suspect: Suspect) => Promise<void> | null
  /** Rows of one partition that may wait for their pair, on each side. Default 10,000. */
  readonly windowRows?: number
}

const WINDOW_ROWS = 10_000

/** Joins two scans of the same token range by partition and row, in one pass. Rows come in the server's order, in any pages. */
export async function joinRange(
  origin: AsyncIterable<ScannedRow[]>,
  target: AsyncIterable<ScannedRow[]>,
  options: JoinOptions,
): Promise<JoinCounts> {
  const left = new Cursor(origin)
  const right = new Cursor(target)
  try {
    return await join(left, right, options)
  } finally {
    await Promise.all([left.close(), right.close()])
  }
}

async function join(left: Cursor, right: Cursor, options: JoinOptions): Promise<JoinCounts> {
  const window = new PartitionWindow(options.windowRows ?? WINDOW_ROWS)
  let equal = 0
  let waiting: Promise<void>[] = []
  const suspect = (kind: Suspect['kind'], row: ScannedRow): void => {
    const promise = options.onSuspect(suspectOf(kind, row))
    if (promise) waiting.push(promise)
  }
  const compare = (origin: ScannedRow, target: ScannedRow): void => {
    if (differingCells(origin.cells, target.cells).length === 0) equal++
    else suspect('different', origin)
  }
  const decide = (decision: Decision): void => {
    if (decision.kind === 'pair') compare(decision.origin, decision.target)
    else suspect(decision.kind, decision.row)
  }

  for (;;) {
    if (left.needsFill || right.needsFill) await Promise.all([left.fill(), right.fill()])
    if (waiting.length > 0) {
      await Promise.all(waiting)
      waiting = []
    }
    const origin = left.head
    const target = right.head
    if (window.isOpen) {
      const takesOrigin = origin !== null && window.holds(origin)
      const takesTarget = target !== null && window.holds(target)
      if (takesOrigin && (!takesTarget || window.nextSide === 'origin')) {
        window.take('origin', origin, takesTarget, decide)
        left.advance()
      } else if (takesTarget) {
        window.take('target', target, takesOrigin, decide)
        right.advance()
      } else {
        window.close(decide)
      }
      continue
    }
    if (origin === null && target === null) break
    const order = origin === null ? 1 : target === null ? -1 : comparePartitions(origin, target)
    if (origin !== null && order < 0) {
      suspect('missing', origin)
      left.advance()
    } else if (target !== null && order > 0) {
      suspect('extra', target)
      right.advance()
    } else if (origin !== null && target !== null) {
      if (isSameRow(origin, target)) {
        compare(origin, target)
        left.advance()
        right.advance()
      } else {
        window.take('origin', origin, true, decide)
        left.advance()
      }
    }
  }
  await Promise.all(waiting)
  return { originRows: left.rowCount, targetRows: right.rowCount, equal }
}

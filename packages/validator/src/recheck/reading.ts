import { differingCells } from '../compare.ts'
import type { DifferenceKind } from '../suspect.ts'

/** A row, or the static cells of a partition, as one side has them now. */
export interface Reading {
  readonly cells: readonly (Buffer | null)[]
  /** Microseconds since 1970; null where no cell has a readable write time. */
  readonly newestWriteTime: bigint | null
}

/** Null: there is no such row. */
export interface ReadingPair {
  readonly origin: Reading | null
  readonly target: Reading | null
}

/** How two sides differ, with the positions of the cells that do. */
export interface ReadDifference {
  readonly kind: DifferenceKind
  /** Empty unless `different`. */
  readonly cells: readonly number[]
}

/** What re-reading a suspect says. */
export type Judgement =
  | { readonly kind: 'resolved'; readonly isPresent: boolean }
  | { readonly kind: 'again' }
  /** Still different, and nothing was written to it since the scan began. */
  | { readonly kind: 'confirmed'; readonly difference: ReadDifference }
  /** Still different after all tries, and written to since the scan began: neither equal nor proven different. */
  | { readonly kind: 'moving'; readonly difference: ReadDifference }

export interface JudgementContext {
  /** From 1. */
  readonly attempt: number
  /** Tries of a row that is at rest; one that was written to since the scan began gets twice as many. */
  readonly tries: number
  /** Microseconds since 1970. */
  readonly scanStartMicros: bigint
}

/** Decides about one suspect, read again on both sides. */
export function judge({ origin, target }: ReadingPair, context: JudgementContext): Judgement {
  const difference = differenceOf({ origin, target })
  if (difference === null) return { kind: 'resolved', isPresent: origin !== null }
  const isBusy = [origin, target].some(
    (reading) => reading?.newestWriteTime != null && reading.newestWriteTime > context.scanStartMicros,
  )
  if (context.attempt < (isBusy ? 2 * context.tries : context.tries)) return { kind: 'again' }
  return { kind: isBusy ? 'moving' : 'confirmed', difference }
}

function differenceOf({ origin, target }: ReadingPair): ReadDifference | null {
  if (origin === null && target === null) return null
  if (target === null) return { kind: 'missing', cells: [] }
  if (origin === null) return { kind: 'extra', cells: [] }
  const cells = differingCells(origin.cells, target.cells)
  return cells.length === 0 ? null : { kind: 'different', cells }
}

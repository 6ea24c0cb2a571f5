import type { ScannedRow } from '@zdmkit/cluster'
import { isSamePartition, rowText } from './order.ts'

type Side = 'origin' | 'target'

/** What taking a row decided, in the order in which it was decided. */
export type Decision =
  | { readonly kind: 'pair'; readonly origin: ScannedRow; readonly target: ScannedRow }
  | { readonly kind: 'missing' | 'extra'; readonly row: ScannedRow }

/**
 * Finds the pairs within one partition without knowing how its clustering columns compare. Both sides give their rows in the
 * same order, so once a row is found on both, whatever came before it on one side and has no pair will get none. Rows wait
 * here until then, at most `rowsMax` on each side: the oldest is then given up as one-sided, and its pair, should it still
 * come, is swallowed. That is a suspicion like any other, and reading both sides again settles it.
 */
export class PartitionWindow {
  readonly #rowsMax: number
  readonly #waiting: Record<Side, Map<string, ScannedRow>> = { origin: new Map(), target: new Map() }
  readonly #givenUp: Record<Side, Set<string>> = { origin: new Set(), target: new Set() }
  readonly #taken: Record<Side, number> = { origin: 0, target: 0 }
  #partition: ScannedRow | null = null

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax
  }

  /** Whether rows of a partition wait, or are remembered, here. */
  get isOpen(): boolean {
    return this.#partition !== null
  }

  holds(row: ScannedRow): boolean {
    return this.#partition !== null && isSamePartition(this.#partition, row)
  }

  /** The side that has given fewer rows: its next one is more likely to find a pair. */
  get nextSide(): Side {
    return this.#taken.origin <= this.#taken.target ? 'origin' : 'target'
  }

  /** Takes the next row of a side. `canWait`: the other side has further rows of this partition. */
  take(side: Side, row: ScannedRow, canWait: boolean, decide: (decision: Decision) => void): void {
    this.#partition ??= row
    this.#taken[side]++
    const name = rowText(row)
    const other = side === 'origin' ? 'target' : 'origin'
    const pair = this.#waiting[other].get(name)
    if (pair) {
      decide(
        side === 'origin' ? { kind: 'pair', origin: row, target: pair } : { kind: 'pair', origin: pair, target: row },
      )
      this.#giveUpBefore(name, other, decide)
      return
    }
    // A row whose pair was given up is suspected already.
    if (this.#givenUp[other].delete(name)) return
    if (!canWait) {
      decide(oneSided(side, row))
    } else {
      this.#waiting[side].set(name, row)
      if (this.#waiting[side].size > this.#rowsMax) this.#giveUpOldest(side, decide)
    }
  }

  /** No side has a further row of the partition: whatever waits is one-sided. */
  close(decide: (decision: Decision) => void): void {
    for (const side of ['origin', 'target'] as const) {
      for (const row of this.#waiting[side].values()) decide(oneSided(side, row))
      this.#waiting[side].clear()
    }
    this.#reset()
  }

  #giveUpBefore(name: string, other: Side, decide: (decision: Decision) => void): void {
    const side = other === 'origin' ? 'target' : 'origin'
    for (const row of this.#waiting[side].values()) decide(oneSided(side, row))
    this.#waiting[side].clear()
    for (const [key, row] of this.#waiting[other]) {
      this.#waiting[other].delete(key)
      if (key === name) break
      decide(oneSided(other, row))
    }
    this.#givenUp.origin.clear()
    this.#givenUp.target.clear()
    if (this.#waiting[other].size === 0) this.#reset()
  }

  #giveUpOldest(side: Side, decide: (decision: Decision) => void): void {
    const [oldest] = this.#waiting[side]
    if (!oldest) return
    const [name, row] = oldest
    this.#waiting[side].delete(name)
    this.#givenUp[side].add(name)
    decide(oneSided(side, row))
  }

  #reset(): void {
    this.#partition = null
    this.#taken.origin = 0
    this.#taken.target = 0
    this.#givenUp.origin.clear()
    this.#givenUp.target.clear()
  }
}

function oneSided(side: Side, row: ScannedRow): Decision {
  return { kind: side === 'origin' ? 'missing' : 'extra', row }
}

import type { Suspect } from '../suspect.ts'
import { judge, type ReadDifference } from './reading.ts'
import type { RowReader } from './row-reader.ts'

export interface RecheckOptions {
  readonly origin: RowReader
  readonly target: RowReader
  /** Pause before the first try; it doubles from try to try, up to {@link DELAY_MS_MAX}. */
  readonly delayMs: number
  readonly tries: number
  readonly scanStartMicros: bigint
  /** Rows read at a time. */
  readonly concurrency: number
  readonly sleep: (delayMs: number) => Promise<unknown>
}

/** A suspect that did not go away. */
export interface Finding {
  readonly kind: 'confirmed' | 'moving'
  readonly suspect: Suspect
  /** As the last try saw it, which may be another difference than the scan saw. */
  readonly difference: ReadDifference
}

export interface RecheckResult {
  readonly findings: readonly Finding[]
  /** Suspects that turned out equal. */
  readonly resolved: number
  /** Of these, the ones that are there: the others are gone on both sides. */
  readonly resolvedPresent: number
}

/** A row that is written to all the time shall not hold up the rest for minutes. */
export const DELAY_MS_MAX = 5_000

/** Reads the suspects again on both sides, with pauses, until each is equal, confirmed or out of tries. */
export async function recheck(suspects: readonly Suspect[], options: RecheckOptions): Promise<RecheckResult> {
  const findings: Finding[] = []
  let resolved = 0
  let resolvedPresent = 0
  let left = suspects
  for (let attempt = 1; left.length > 0; attempt++) {
    await options.sleep(Math.min(options.delayMs * 2 ** (attempt - 1), DELAY_MS_MAX))
    const again: Suspect[] = []
    await forEach(left, options.concurrency, async (suspect) => {
      const [origin, target] = await Promise.all([options.origin.read(suspect.row), options.target.read(suspect.row)])
      const judgement = judge({ origin, target }, { ...options, attempt })
      switch (judgement.kind) {
        case 'resolved':
          resolved++
          if (judgement.isPresent) resolvedPresent++
          break
        case 'again':
          again.push(suspect)
          break
        case 'confirmed':
        case 'moving':
          findings.push({ kind: judgement.kind, suspect, difference: judgement.difference })
      }
    })
    left = again
  }
  return { findings, resolved, resolvedPresent }
}

async function forEach<T>(items: readonly T[], concurrency: number, act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) await act(item)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
}

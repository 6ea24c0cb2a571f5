import { type BackfillReport, runBackfill } from '@zdmkit/backfill'
import { ProgressEmitter, progressLine } from '@zdmkit/runtime'
import { CliError } from '../../errors.ts'
import { EXERCISE_TABLES, KEYSPACE } from '../exercise-schema.ts'
import type { Say } from '../steps.ts'
import { type PhaseRecord, type Walk, walkPhase } from '../walk.ts'

/** A few thousand rows per table: more ranges would cost more than they spread. */
const RANGES_PER_TABLE = 32

/** What was there before dual writes is copied, each cell with its own write time, while the application goes on. */
export async function walkBackfill(
  walk: Walk,
  say: Say,
): Promise<{ readonly record: PhaseRecord; readonly backfill: BackfillReport }> {
  const { origin, target, proxy, signal } = walk
  let backfill: BackfillReport | null = null
  const record = await walkPhase(walk, { label: 'phase-3', phase: 3, title: 'backfill', change: null }, async () => {
    const progress = new ProgressEmitter()
    progress.subscribe((event) => say(progressLine(event)))
    backfill = await runBackfill(
      {
        ...{ origin, target, keyspace: KEYSPACE, tables: EXERCISE_TABLES, rangesPerTable: RANGES_PER_TABLE },
        gate: { adminUrl: proxy.admin.url, token: proxy.admin.token },
      },
      { signal, progress },
    )
    signal.throwIfAborted()
    assertComplete(backfill)
  })
  return { record, backfill: backfill ?? neverRan() }
}

/** Reads must not move to a target that lacks rows. */
function assertComplete({ outcome, failures }: BackfillReport): void {
  if (outcome === 'complete') return
  const [first] = failures
  const why = first ? `; first: ${first.table}: ${first.code}: ${first.message}` : ''
  throw new CliError('MIGRATION_BACKFILL_INCOMPLETE', `the backfill did not copy ${failures.length} token ranges${why}`)
}

function neverRan(): never {
  throw new Error('the phase ended before the backfill')
}

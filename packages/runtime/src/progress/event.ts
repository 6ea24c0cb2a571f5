import type { ErrorFields } from '../error-fields.ts'

/** How far a task is. Plain data, the same for terminals, log lines, dashboards and reports. */
export interface ProgressSnapshot {
  /** Name of the task, unique among those that run. */
  readonly task: string
  /** In `unit`; includes what an earlier run had done. */
  readonly done: number
  /** Null where it is not known. */
  readonly total: number | null
  /** Plural noun: `rows`, `ranges`. */
  readonly unit: string
  /** Of about the last 15 s while the task runs, the average of this run once it has ended. */
  readonly ratePerSecond: number
  /** Null while unknown: no total, less than 1 % done, nothing moving, or ended. */
  readonly etaSeconds: number | null
  readonly elapsedSeconds: number
}

/** `advanced` comes at most once per interval and task, the others once per task. */
export type ProgressEvent =
  | { readonly kind: 'started' | 'advanced' | 'finished'; readonly snapshot: ProgressSnapshot }
  | { readonly kind: 'failed'; readonly snapshot: ProgressSnapshot; readonly error: ErrorFields }

/** Called during the call that caused the event. Must not throw. */
export type ProgressListener = (event: ProgressEvent) => void

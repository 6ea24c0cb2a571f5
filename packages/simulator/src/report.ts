import type { Ledger } from './ledger.ts'
import type { SectionReport } from './sections.ts'

/** An operation that failed: an error, or a read that contradicts an acknowledged write. */
export interface FailedOperation {
  readonly number: number
  readonly section: string
  readonly action: 'read' | 'write'
  /** What was printed: no values, keys at most. */
  readonly text: string
}

/** A run so far. */
export interface SimulationReport extends Omit<SectionReport, 'label'> {
  readonly seed: number
  readonly elapsedSeconds: number
  /** The first failures, at most {@link FAILED_LISTED_MAX}. */
  readonly failed: readonly FailedOperation[]
  /** By `mark`, in order. */
  readonly sections: readonly SectionReport[]
  readonly ledger: Ledger | null
}

export const FAILED_LISTED_MAX = 100

export interface HeaderOptions {
  /** Null: until stopped. */
  readonly durationSeconds: number | null
  readonly delayMs: number
  /** 0 to 1. */
  readonly readRatio: number
}

/** What is printed before the first operation. */
export function headerLines(options: HeaderOptions): string[] {
  const { durationSeconds, delayMs, readRatio } = options
  return [
    'Simulating application traffic through ZDM Proxy',
    `Duration: ${durationSeconds === null ? 'until stopped' : `${durationSeconds} seconds`}`,
    `Delay between operations: ${fractionText(delayMs / 1_000)} seconds`,
    `Read ratio: ${Math.round(readRatio * 100)}%`,
    `Write ratio: ${Math.round((1 - readRatio) * 100)}%`,
    '',
    'Press Ctrl+C to stop early',
    '',
  ]
}

/** What is printed at the end. */
export function summaryLines(report: Omit<SimulationReport, 'sections' | 'ledger' | 'failed'>): string[] {
  const { operations, reads, writes, readFailures, writeFailures, elapsedSeconds } = report
  const readsOk = reads - readFailures
  const writesOk = writes - writeFailures
  const share = (count: number): string => (operations === 0 ? '0.0' : ((count / operations) * 100).toFixed(1))
  const rate = elapsedSeconds > 0 ? operations / elapsedSeconds : 0
  return [
    '',
    'Simulation Summary',
    `Duration: ${elapsedSeconds.toFixed(1)} seconds`,
    `Total operations: ${operations}`,
    `Operations/second: ${rate.toFixed(2)}`,
    '',
    `Reads: ${readsOk} (${share(readsOk)}%)`,
    `Writes: ${writesOk} (${share(writesOk)}%)`,
    '',
    ...(readFailures + writeFailures > 0
      ? [
          `Read errors: ${readFailures}`,
          `Write errors: ${writeFailures}`,
          `Success rate: ${share(readsOk + writesOk)}%`,
        ]
      : ['✅ All operations completed successfully!']),
  ]
}

/** At least one decimal, as the exercise prints it: 0.5, 1.0. */
function fractionText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

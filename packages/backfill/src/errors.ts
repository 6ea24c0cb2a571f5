/** Codes of {@link BackfillError}. */
export const backfillErrorCodes = [
  'BACKFILL_BAD_OPTION',
  'BACKFILL_NO_TABLES',
  'BACKFILL_TABLE_COUNTER',
  'BACKFILL_TABLE_VIEW',
  'BACKFILL_TABLE_MISMATCH',
  'BACKFILL_TABLE_GC_GRACE',
  'BACKFILL_GATE_UNREACHABLE',
  'BACKFILL_GATE_REFUSED',
  'BACKFILL_GATE_BAD_ANSWER',
  'BACKFILL_GATE_NOT_DUAL',
  'BACKFILL_GATE_NOT_SETTLED',
  'BACKFILL_FENCE_MISSING',
  'BACKFILL_FENCE_TOO_LATE',
  'BACKFILL_CHECKPOINT_MISMATCH',
  'BACKFILL_CHECKPOINT_CORRUPT',
  'BACKFILL_CHECKPOINT_STALE',
] as const

export type BackfillErrorCode = (typeof backfillErrorCodes)[number]

/** The backfill cannot start, or not go on; `code` says why. */
export class BackfillError extends Error {
  override readonly name: string = 'BackfillError'
  readonly code: BackfillErrorCode

  constructor(code: BackfillErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

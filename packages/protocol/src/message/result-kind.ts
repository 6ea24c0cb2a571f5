/** Kinds of the RESULT message (native protocol v4, section 4.2.5). */
export const ResultKind: {
  readonly VOID: 1
  readonly ROWS: 2
  readonly SET_KEYSPACE: 3
  readonly PREPARED: 4
  readonly SCHEMA_CHANGE: 5
} = { VOID: 1, ROWS: 2, SET_KEYSPACE: 3, PREPARED: 4, SCHEMA_CHANGE: 5 }
export type ResultKind = (typeof ResultKind)[keyof typeof ResultKind]

import type { Word } from './word.ts'

/** What a statement does, by its leading keyword alone; `other` when there is none that is known. */
export type StatementKind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'batch'
  | 'use'
  | 'truncate'
  | 'ddl'
  | 'dcl'
  | 'list'
  | 'describe'
  | 'call'
  | 'other'

/**
 * The kind that a leading keyword decides. `create`, `alter` and `drop` count as `ddl` here, where in the end the object
 * decides, and `begin` as `batch`, which must follow.
 */
export function kindOf(leading: Word): StatementKind {
  return KINDS.get(leading) ?? 'other'
}

const KINDS: ReadonlyMap<Word, StatementKind> = new Map<Word, StatementKind>([
  ['select', 'select'],
  ['insert', 'insert'],
  ['update', 'update'],
  ['delete', 'delete'],
  ['begin', 'batch'],
  ['use', 'use'],
  ['truncate', 'truncate'],
  ['create', 'ddl'],
  ['alter', 'ddl'],
  ['drop', 'ddl'],
  // COMMENT ON of Cassandra 6, and the search index commands of DSE.
  ['comment', 'ddl'],
  ['rebuild', 'ddl'],
  ['reload', 'ddl'],
  ['commit', 'ddl'],
  ['grant', 'dcl'],
  ['revoke', 'dcl'],
  // ADD IDENTITY of Cassandra 5, and the restrictions of DSE.
  ['add', 'dcl'],
  ['restrict', 'dcl'],
  ['unrestrict', 'dcl'],
  ['list', 'list'],
  ['describe', 'describe'],
  ['desc', 'describe'],
  ['call', 'call'],
])

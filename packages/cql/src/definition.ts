import type { Lexer } from './lexer.ts'
import { nameAt, type QualifiedName, readQualifiedName } from './name.ts'
import { currentWord, type Word } from './word.ts'

/** What a CREATE, ALTER, DROP or TRUNCATE names. */
export interface Definition {
  readonly isRole: boolean
  readonly keyspace: string | null
  /** The table, view, or the table that an index or trigger is on; null for every other object. */
  readonly table: string | null
}

/** Reads on from the token after the leading keyword. */
export function readDefinition(lexer: Lexer): Definition {
  const object = readObject(lexer)
  skipIfExists(lexer)
  if (ROLES.has(object)) return { isRole: true, keyspace: null, table: null }
  if (KEYSPACES.has(object)) return { isRole: false, keyspace: nameAt(lexer), table: null }
  if (TABLES.has(object)) return ofTable(readQualifiedName(lexer))
  if (INDEXES.has(object)) return ofIndex(lexer)
  return { isRole: false, keyspace: readQualifiedName(lexer).keyspace, table: null }
}

/** Passes `OR REPLACE`, `CUSTOM`, `SEARCH`, `MATERIALIZED` and the object's keyword, which is returned. */
function readObject(lexer: Lexer): Word {
  for (;;) {
    const word = currentWord(lexer)
    if (word === '') return word
    lexer.next()
    if (!QUALIFIERS.has(word)) return word
  }
}

function skipIfExists(lexer: Lexer): void {
  if (currentWord(lexer) !== 'if') return
  lexer.next()
  if (currentWord(lexer) === 'not') lexer.next()
  if (currentWord(lexer) === 'exists') lexer.next()
}

/** `CREATE INDEX [name] ON table`, or `DROP INDEX [keyspace.]name`, where only the keyspace is known. */
function ofIndex(lexer: Lexer): Definition {
  const isNamed = currentWord(lexer) !== 'on'
  const index = isNamed ? readQualifiedName(lexer) : null
  if (currentWord(lexer) !== 'on') return { isRole: false, keyspace: index?.keyspace ?? null, table: null }
  lexer.next()
  return ofTable(readQualifiedName(lexer))
}

function ofTable(name: QualifiedName): Definition {
  return { isRole: false, keyspace: name.keyspace, table: name.name }
}

const ROLES: ReadonlySet<Word> = new Set<Word>(['role', 'user', 'identity'])
const KEYSPACES: ReadonlySet<Word> = new Set<Word>(['keyspace', 'schema'])
const TABLES: ReadonlySet<Word> = new Set<Word>(['table', 'columnfamily', 'view'])
const INDEXES: ReadonlySet<Word> = new Set<Word>(['index', 'trigger'])
const QUALIFIERS: ReadonlySet<Word> = new Set<Word>(['or', 'replace', 'custom', 'search', 'materialized'])

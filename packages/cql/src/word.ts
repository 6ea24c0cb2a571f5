// HOT PATH: asked for every unquoted name of a statement; allocates nothing.

import type { Lexer } from './lexer.ts'
import { TokenKind } from './token.ts'

/**
 * The words that mean something to the inspection, in lower case: keywords, and names that are looked for. A word's number
 * is its position here.
 */
const WORDS = [
  // What a statement starts with.
  'select',
  'insert',
  'update',
  'delete',
  'begin',
  'use',
  'truncate',
  'create',
  'alter',
  'drop',
  'comment',
  'rebuild',
  'reload',
  'commit',
  'grant',
  'revoke',
  'restrict',
  'unrestrict',
  'add',
  'list',
  'describe',
  'desc',
  'call',
  // Clauses.
  'from',
  'into',
  'where',
  'set',
  'values',
  'in',
  'token',
  'if',
  'not',
  'exists',
  'using',
  'timestamp',
  'and',
  'or',
  'replace',
  'on',
  'to',
  'batch',
  'unlogged',
  'logged',
  'counter',
  'apply',
  'json',
  'distinct',
  'count',
  'as',
  'limit',
  'allow',
  'filtering',
  'group',
  'order',
  'per',
  // Objects of DDL and of role management.
  'keyspace',
  'schema',
  'table',
  'columnfamily',
  'materialized',
  'view',
  'custom',
  'index',
  'search',
  'type',
  'function',
  'aggregate',
  'trigger',
  'role',
  'user',
  'identity',
  // Constants.
  'null',
  'true',
  'false',
  'nan',
  'infinity',
  // Native functions and their keyspace.
  'system',
  'uuid',
  'now',
  'currenttimeuuid',
  'current_timeuuid',
  'currenttimestamp',
  'current_timestamp',
  'currentdate',
  'current_date',
  'currenttime',
  'current_time',
] as const

export type Word = (typeof WORDS)[number] | ''

/**
 * The word that an unquoted name is, in any case; `''` for all other names.
 * `start` and `end` delimit the name in the text.
 */
export function wordAt(text: string, start: number, end: number): Word {
  const length = end - start
  if (length > WORD_CHARS_MAX) return ''
  const candidates = WORDS_BY_SLOT[slotOf(length, text.charCodeAt(start))]
  if (candidates === undefined) return ''
  for (let index = 0; index < candidates.length; index++) {
    const word = candidates[index]
    if (word !== undefined && isWord(text, start, word)) return word
  }
  return ''
}

/** The word at the current token, `''` for anything but an unquoted name. */
export function currentWord(lexer: Lexer): Word {
  return lexer.kind === TokenKind.NAME ? wordAt(lexer.text, lexer.start, lexer.end) : ''
}

/** The word that a quoted name is: quoted names keep their case, so only the lower-case spelling is the word. */
export function quotedWordAt(text: string, start: number, end: number): Word {
  const word = wordAt(text, start + 1, end - 1)
  return word !== '' && text.startsWith(word, start + 1) ? word : ''
}

function isWord(text: string, start: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    const code = text.charCodeAt(start + index)
    const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code
    if (lower !== word.charCodeAt(index)) return false
  }
  return true
}

/** Words of a slot share their length and, case aside, the first letter; that leaves two candidates at most times. */
function slotOf(length: number, first: number): number {
  return (length << 5) | (first & 0x1f)
}

const WORD_CHARS_MAX: number = Math.max(...WORDS.map((word) => word.length))

const WORDS_BY_SLOT: readonly (readonly Word[])[] = bySlot()

function bySlot(): Word[][] {
  const table = Array.from({ length: (WORD_CHARS_MAX + 1) << 5 }, (): Word[] => [])
  for (const word of WORDS) table[slotOf(word.length, word.charCodeAt(0))]?.push(word)
  return table
}

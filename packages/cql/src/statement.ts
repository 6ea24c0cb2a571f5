// HOT PATH: runs for every simple statement and every PREPARE. Allocates the lexer, the trackers of a write, and the result.
// Under Node 24 on a shared core: 0.75 µs for a select of 135 characters, 2 µs for an insert of 190 with two calls.

import { kindOf, type StatementKind } from './classify.ts'
import { readDefinition } from './definition.ts'
import { type FunctionCall, FunctionFinder } from './functions.ts'
import { Lexer } from './lexer.ts'
import { Mutation } from './mutation.ts'
import { nameAt, type QualifiedName, readQualifiedName } from './name.ts'
import { TokenKind } from './token.ts'
import { currentWord, type Word } from './word.ts'

/** What routing, settling and rewriting need to know of a statement. */
export interface Statement {
  readonly kind: StatementKind
  /** The keyspace that the text names, lower case unless quoted; null when it names none. Of a batch: its first child's. */
  readonly keyspace: string | null
  /** The table, lower case unless quoted; of a batch: its first child's. */
  readonly table: string | null
  /** A lightweight transaction: `IF` in a write, or in any child of a batch. */
  readonly isConditional: boolean
  /** `USING TIMESTAMP` somewhere: the statement, or a child of the batch, brings its own write time. */
  readonly hasTimestamp: boolean
  /** Whether applying it twice leaves what applying it once does; false whenever the text cannot tell. */
  readonly isIdempotent: boolean
  /** The non-deterministic calls in a select or a write, in the order of the text; always empty for other kinds. */
  readonly functions: readonly FunctionCall[]
  /** The keyspace of a `USE`, lower case unless quoted. */
  readonly useKeyspace: string | null
  /** `object.method` of a `CALL`, lower case unless quoted: `insightsrpc.reportinsight`. */
  readonly callProcedure: string | null
}

/**
 * Inspects one CQL statement at token level. Never throws. The leading keyword decides the kind, so that a SELECT with
 * syntax of tomorrow is still a read; a text that starts with nothing known is `other`.
 */
export function inspect(text: string): Statement {
  const lexer = new Lexer(text)
  lexer.next()
  const leading = currentWord(lexer)
  const kind = kindOf(leading)
  switch (kind) {
    case 'select':
      return inspectSelect(lexer)
    case 'insert':
    case 'update':
    case 'delete': {
      const write = new Write()
      const table = write.walk(lexer, leading, Extent.ALONE)
      return write.statement(kind, table)
    }
    case 'batch':
      return inspectBatch(lexer)
    case 'use':
      lexer.next()
      return { ...plain(kind, null, null, true), useKeyspace: nameAt(lexer) }
    case 'ddl':
    case 'truncate':
      return inspectDefinition(lexer, kind)
    case 'call': {
      lexer.next()
      const procedure = readQualifiedName(lexer)
      const callProcedure =
        procedure.keyspace === null ? procedure.name : `${procedure.keyspace}.${procedure.name ?? ''}`
      return { ...plain(kind, null, null, false), callProcedure }
    }
    case 'list':
    case 'describe':
      return plain(kind, null, null, true)
    case 'dcl':
    case 'other':
      return plain(kind, null, null, false)
  }
}

/** Where the statement that is walked ends: with the text, or where the next child of its batch starts. */
const Extent = { ALONE: 0, IN_BATCH: 1 } as const
type Extent = (typeof Extent)[keyof typeof Extent]

/**
 * What is learned from the tokens of one write, or of all writes of a batch. The keywords that decide something here (IF,
 * USING, FROM, and those that start a child) are reserved in CQL: no column, field or marker has such a name unquoted.
 */
class Write {
  isConditional = false
  hasTimestamp = false
  readonly functions: FunctionFinder = new FunctionFinder()
  readonly mutation: Mutation = new Mutation()

  #isUsing = false
  #previousWord: Word = ''

  /** Walks one statement from its leading keyword to its end; returns the table it names. */
  walk(lexer: Lexer, leading: Word, extent: Extent): QualifiedName {
    this.mutation.begin(leading)
    lexer.next()
    if (leading === 'delete') {
      this.#tokens(lexer, extent, 'from')
      this.mutation.end()
    }
    if (leading !== 'update' && currentWord(lexer) === (leading === 'delete' ? 'from' : 'into')) lexer.next()
    const table = readQualifiedName(lexer)
    this.#tokens(lexer, extent, '')
    this.mutation.end()
    this.functions.boundary()
    return table
  }

  /** Takes tokens up to the word `until`, the end of the text, or the next child of a batch. */
  #tokens(lexer: Lexer, extent: Extent, until: Word): void {
    while (lexer.kind !== TokenKind.END) {
      const word = currentWord(lexer)
      if (word !== '') {
        if (word === until || (extent === Extent.IN_BATCH && isChildEnd(word))) return
        this.#keyword(word)
      }
      this.functions.token(lexer, word)
      this.mutation.token(lexer, word)
      this.#previousWord = word
      lexer.next()
    }
  }

  #keyword(word: Word): void {
    if (word === 'using') this.#isUsing = true
    else if (word === 'timestamp') {
      if (this.#isUsing && (this.#previousWord === 'using' || this.#previousWord === 'and')) this.hasTimestamp = true
    } else if (word === 'if' || word === 'set' || word === 'where') {
      this.#isUsing = false
      if (word === 'if') this.isConditional = true
    }
  }

  /** The attributes of a batch, which stand before its first child. */
  attributes(lexer: Lexer): void {
    this.#tokens(lexer, Extent.IN_BATCH, '')
    this.functions.boundary()
  }

  statement(kind: StatementKind, table: QualifiedName | null): Statement {
    const { calls, hasUnknownCall } = this.functions
    return {
      kind,
      keyspace: table?.keyspace ?? null,
      table: table?.name ?? null,
      isConditional: this.isConditional,
      hasTimestamp: this.hasTimestamp,
      isIdempotent: this.mutation.isIdempotent && !this.isConditional && calls.length === 0 && !hasUnknownCall,
      functions: calls,
      useKeyspace: null,
      callProcedure: null,
    }
  }
}

function isChildEnd(word: Word): boolean {
  return word === 'insert' || word === 'update' || word === 'delete' || word === 'apply'
}

/** Of a read only the table and the calls matter, so it is read up to the table and on only if a call can still follow. */
function inspectSelect(lexer: Lexer): Statement {
  const finder = new FunctionFinder()
  const mayCall = lexer.text.includes('(')
  finder.isSelecting = true
  lexer.next()
  while (lexer.kind !== TokenKind.END) {
    const word = currentWord(lexer)
    if (word === 'from') break
    if (mayCall) finder.token(lexer, word)
    lexer.next()
  }
  finder.boundary()
  finder.isSelecting = false
  lexer.next()
  const table = readQualifiedName(lexer)
  if (mayCall && lexer.text.indexOf('(', lexer.start) >= 0) {
    while (lexer.kind !== TokenKind.END) {
      finder.token(lexer, currentWord(lexer))
      lexer.next()
    }
    finder.boundary()
  }
  return plain('select', table.keyspace, table.name, true, finder.calls)
}

function inspectBatch(lexer: Lexer): Statement {
  lexer.next()
  const type = currentWord(lexer)
  if (type === 'unlogged' || type === 'logged' || type === 'counter') lexer.next()
  // BEGIN TRANSACTION of Cassandra 6 is nothing that a routing rule exists for.
  if (currentWord(lexer) !== 'batch') return plain('other', null, null, false)
  lexer.next()
  const write = new Write()
  let table: QualifiedName | null = null
  write.attributes(lexer)
  for (let word = currentWord(lexer); isChildEnd(word) && word !== 'apply'; word = currentWord(lexer)) {
    const child = write.walk(lexer, word, Extent.IN_BATCH)
    table ??= child
  }
  if (type === 'counter') write.mutation.isIdempotent = false
  return write.statement('batch', table)
}

function inspectDefinition(lexer: Lexer, kind: 'ddl' | 'truncate'): Statement {
  lexer.next()
  if (kind === 'ddl') {
    const definition = readDefinition(lexer)
    return plain(definition.isRole ? 'dcl' : kind, definition.keyspace, definition.table, false)
  }
  const word = currentWord(lexer)
  if (word === 'table' || word === 'columnfamily') lexer.next()
  const table = readQualifiedName(lexer)
  return plain(kind, table.keyspace, table.name, false)
}

const NO_CALLS: readonly FunctionCall[] = Object.freeze([])

function plain(
  kind: StatementKind,
  keyspace: string | null,
  table: string | null,
  isIdempotent: boolean,
  functions: readonly FunctionCall[] = NO_CALLS,
): Statement {
  return {
    kind,
    keyspace,
    table,
    isConditional: false,
    hasTimestamp: false,
    isIdempotent,
    functions,
    useKeyspace: null,
    callProcedure: null,
  }
}

// HOT PATH: sees every token of a write; allocates nothing.

import type { Lexer } from './lexer.ts'
import { Operator, TokenKind } from './token.ts'
import type { Word } from './word.ts'

/**
 * Whether what a write sets or deletes is the same when it is applied twice. Sees the tokens of one statement after
 * another.
 *
 * Not so: a value that uses the old one (`x = x + 1`, `x = [1] + x`, `x += 1`: a counter, a list, or a set or map, which
 * the text does not tell apart), and the removal of a list element by its position (`DELETE l[0]`, `SET l[0] = null`),
 * as the next element moves there. An index that cannot be a position, such as a text, is a map's key and harmless; a
 * marker may be a position. `SET l[0] = 'x'` is fine: the second time it stores what is there already.
 */
export class Mutation {
  isIdempotent = true

  #clause: Clause = Clause.OTHER
  #depth = 0
  /** The previous token opened the index of a column. */
  #isIndexNext = false
  /** The column of this assignment has an index that may be a list position. */
  #isPosition = false
  /** The previous token is a name in a value that is a column unless it turns out to be a function. */
  #isColumnPending = false
  #previousOperator: number = Operator.NONE

  /** A statement starts: an update is looked into from SET on, a delete until `end()`; an insert only sets whole values. */
  begin(statement: Word): void {
    this.end()
    this.#clause = statement === 'delete' ? Clause.DELETION : statement === 'update' ? Clause.TABLE : Clause.OTHER
    this.#depth = 0
    this.#previousOperator = Operator.NONE
  }

  /** The statement, or the selection of a DELETE, is over. */
  end(): void {
    if (this.#isColumnPending) this.isIdempotent = false
    this.#isColumnPending = false
    this.#clause = Clause.OTHER
  }

  /** Takes the lexer's current token; `word` is that of an unquoted name, otherwise `''`. */
  token(lexer: Lexer, word: Word): void {
    switch (this.#clause) {
      case Clause.OTHER:
        return
      case Clause.TABLE:
        if (word === 'set') this.#assignment()
        return
      case Clause.DELETION:
        if (this.#indexed(lexer, word)) this.isIdempotent = false
        break
      case Clause.TARGET:
        this.#target(lexer, word)
        break
      case Clause.VALUE:
        this.#value(lexer, word)
    }
    this.#bracket(lexer.operator)
    this.#previousOperator = lexer.operator
  }

  #assignment(): void {
    this.#clause = Clause.TARGET
    this.#isPosition = false
  }

  #target(lexer: Lexer, word: Word): void {
    if (this.#indexed(lexer, word)) this.#isPosition = true
    if (this.#depth > 0) return
    if (lexer.operator === Operator.EQUALS) this.#clause = Clause.VALUE
    else if (lexer.operator === Operator.PLUS_EQUALS || lexer.operator === Operator.MINUS_EQUALS)
      this.isIdempotent = false
  }

  #value(lexer: Lexer, word: Word): void {
    if (this.#isColumnPending) {
      this.#isColumnPending = false
      if (lexer.operator !== Operator.PAREN_OPEN && lexer.operator !== Operator.DOT) this.isIdempotent = false
    }
    if (this.#depth > 0) return
    if (word === 'where') this.end()
    else if (lexer.operator === Operator.COMMA) this.#assignment()
    else if (word === 'null' && this.#isPosition) this.isIdempotent = false
    else this.#isColumnPending = isName(lexer.kind) && !isConstant(word) && this.#previousOperator !== Operator.COLON
  }

  /** Whether the current token starts an index that may be a list position. */
  #indexed(lexer: Lexer, word: Word): boolean {
    const isIndex = this.#isIndexNext
    this.#isIndexNext = this.#depth === 0 && lexer.operator === Operator.BRACKET_OPEN
    return isIndex && mayBePosition(lexer, word)
  }

  #bracket(operator: number): void {
    switch (operator) {
      case Operator.PAREN_OPEN:
      case Operator.BRACKET_OPEN:
      case Operator.BRACE_OPEN:
        this.#depth++
        break
      case Operator.PAREN_CLOSE:
      case Operator.BRACKET_CLOSE:
      case Operator.BRACE_CLOSE:
        if (this.#depth > 0) this.#depth--
    }
  }
}

const Clause = { OTHER: 0, DELETION: 1, TABLE: 2, TARGET: 3, VALUE: 4 } as const
type Clause = (typeof Clause)[keyof typeof Clause]

function isName(kind: TokenKind): boolean {
  return kind === TokenKind.NAME || kind === TokenKind.QUOTED_NAME
}

function isConstant(word: Word): boolean {
  return word === 'null' || word === 'true' || word === 'false' || word === 'nan' || word === 'infinity'
}

function mayBePosition(lexer: Lexer, word: Word): boolean {
  const { kind, operator } = lexer
  if (kind === TokenKind.NUMBER) return isInteger(lexer.text, lexer.start, lexer.end)
  if (kind === TokenKind.NAME) return word !== 'true' && word !== 'false'
  // A frozen collection or UDT as a map's key; a tuple is not told from a type hint.
  if (kind === TokenKind.OPERATOR) return operator !== Operator.BRACE_OPEN && operator !== Operator.BRACKET_OPEN
  return kind === TokenKind.MARKER || kind === TokenKind.QUOTED_NAME
}

function isInteger(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

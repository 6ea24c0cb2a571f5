// HOT PATH: sees every token of a statement; allocates one object per call found and nothing else.

import type { Lexer } from './lexer.ts'
import { Operator, TokenKind } from './token.ts'
import { quotedWordAt, type Word } from './word.ts'

/** A zero-argument function whose value each coordinator makes up, under its one name here, whatever the statement calls it. */
export type FunctionName = 'uuid' | 'now' | 'currenttimeuuid' | 'currenttimestamp' | 'currentdate' | 'currenttime'

/** A call of a non-deterministic function in the text of a statement. */
export interface FunctionCall {
  readonly name: FunctionName
  /** Offset of the first character of the name, or of its `system.` prefix. */
  readonly start: number
  /** Offset after the closing parenthesis. */
  readonly end: number
  /**
   * Whether the call is anything but a whole term: an argument of another function, an operand, the subject of a cast, an
   * element of a collection, tuple or UDT literal, or a selector. A literal there needs its type said.
   */
  readonly isNested: boolean
}

/** Finds the non-deterministic calls among tokens that are shown to it one by one, table names left out. */
export class FunctionFinder {
  readonly calls: FunctionCall[] = []
  /**
   * Whether there is a call that nothing is known about: of a function in a keyspace of the user, or one without arguments
   * that is not in Cassandra's list.
   */
  hasUnknownCall = false
  /** Set while in a select clause, where a bare literal has no type. */
  isSelecting = false

  #stage: Stage = Stage.NOTHING
  #start = 0
  #function: FunctionName | null = null
  #isCallable = false
  #isSystem = false
  #isNested = false
  /** A call whose following token is still to come. */
  #pending: FunctionCall | null = null

  #depth = 0
  /** Whether the outermost open bracket holds whole terms: `VALUES (`, `IN (`, `name[`. */
  #isTermList = false
  #previousOperator: number = Operator.NONE
  #previousWord: Word = ''

  /** Takes the lexer's current token; `word` is that of an unquoted name, otherwise `''`. */
  token(lexer: Lexer, word: Word): void {
    const operator = lexer.operator
    if (this.#pending !== null) this.#found(this.#pending, operator)
    if (lexer.kind === TokenKind.NAME) this.#name(lexer, word)
    else if (lexer.kind === TokenKind.OPERATOR) this.#operator(lexer, operator)
    else if (lexer.kind === TokenKind.QUOTED_NAME) {
      this.#name(lexer, quotedWordAt(lexer.text, lexer.start, lexer.end))
    } else this.#stage = Stage.NOTHING
    this.#previousOperator = operator
    this.#previousWord = word
  }

  /** The statement ends here, or one child of a batch. */
  boundary(): void {
    if (this.#pending !== null) this.#found(this.#pending, Operator.NONE)
    this.#stage = Stage.NOTHING
    this.#depth = 0
    this.#previousOperator = Operator.NONE
    this.#previousWord = ''
  }

  #name(lexer: Lexer, word: Word): void {
    const name = word === '' ? null : (FUNCTIONS.get(word) ?? null)
    if (this.#stage === Stage.DOT) {
      this.#stage = Stage.QUALIFIED
      this.#function = this.#isSystem ? name : null
      this.#isCallable = true
      return
    }
    this.#stage = Stage.NAME
    this.#start = lexer.start
    this.#function = name
    this.#isSystem = word === 'system'
    // Only `IN ()` and the like have a word before empty parentheses that is not a function.
    this.#isCallable = word === '' || name !== null
    this.#isNested =
      this.isSelecting ||
      this.#depth > 1 ||
      (this.#depth === 1 && !this.#isTermList) ||
      isArithmetic(this.#previousOperator) ||
      this.#previousOperator === Operator.PAREN_CLOSE
  }

  #operator(lexer: Lexer, operator: number): void {
    const stage = this.#stage
    this.#stage = Stage.NOTHING
    switch (operator) {
      case Operator.DOT:
        this.#isSystem = stage === Stage.NAME && this.#isSystem
        this.#stage = Stage.DOT
        return
      case Operator.PAREN_OPEN:
        if (stage === Stage.QUALIFIED && !this.#isSystem) this.hasUnknownCall = true
        if (stage === Stage.NAME || stage === Stage.QUALIFIED) this.#stage = Stage.OPEN
        this.#open(this.#previousWord === 'values' || this.#previousWord === 'in')
        return
      case Operator.BRACKET_OPEN:
        this.#open(stage === Stage.NAME)
        return
      case Operator.BRACE_OPEN:
        this.#open(false)
        return
      case Operator.PAREN_CLOSE:
        if (stage === Stage.OPEN) {
          const name = this.#function
          if (name !== null) this.#pending = { name, start: this.#start, end: lexer.end, isNested: this.#isNested }
          else if (this.#isCallable) this.hasUnknownCall = true
        }
        this.#close()
        return
      case Operator.BRACKET_CLOSE:
      case Operator.BRACE_CLOSE:
        this.#close()
    }
  }

  #open(isTermList: boolean): void {
    if (this.#depth === 0) this.#isTermList = isTermList
    this.#depth++
  }

  #close(): void {
    if (this.#depth > 0) this.#depth--
  }

  #found(call: FunctionCall, following: number): void {
    this.#pending = null
    this.calls.push(isArithmetic(following) ? { ...call, isNested: true } : call)
  }
}

/** How much of `[keyspace .] name ( )` the last tokens are. */
const Stage = { NOTHING: 0, NAME: 1, DOT: 2, QUALIFIED: 3, OPEN: 4 } as const
type Stage = (typeof Stage)[keyof typeof Stage]

/**
 * Cassandra 5.0 renamed the functions of 4.0 to snake case and kept both. A cluster of 4.0 knows no snake case, but takes the
 * literal that replaces the call.
 */
const FUNCTIONS: ReadonlyMap<Word, FunctionName> = new Map<Word, FunctionName>([
  ['uuid', 'uuid'],
  ['now', 'now'],
  ['currenttimeuuid', 'currenttimeuuid'],
  ['current_timeuuid', 'currenttimeuuid'],
  ['currenttimestamp', 'currenttimestamp'],
  ['current_timestamp', 'currenttimestamp'],
  ['currentdate', 'currentdate'],
  ['current_date', 'currentdate'],
  ['currenttime', 'currenttime'],
  ['current_time', 'currenttime'],
])

function isArithmetic(operator: number): boolean {
  switch (operator) {
    case Operator.PLUS:
    case Operator.MINUS:
    case Operator.STAR:
    case Operator.SLASH:
    case Operator.PERCENT:
      return true
    default:
      return false
  }
}

import { Lexer } from './lexer.ts'
import { nameAt, readQualifiedName, unquote } from './name.ts'
import { inspect } from './statement.ts'
import { Operator, TokenKind } from './token.ts'
import { currentWord, type Word } from './word.ts'

/** The tables of keyspace `system` that describe the cluster to drivers. */
export type VirtualTable = 'local' | 'peers' | 'peers_v2'

/** One selected column, or a count of rows; `alias` is what follows AS. */
export type VirtualSelector =
  | { readonly kind: 'column'; readonly name: string; readonly alias: string | null }
  | { readonly kind: 'count'; readonly alias: string | null }

/** A value compared with: a literal, whose text comes without quotes, or a bind marker, named or not. */
export type VirtualValue =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'marker'; readonly name: string | null }

/** A relation of the WHERE clause; all of them must hold. */
export interface VirtualRelation {
  readonly column: string
  readonly operator: '='
  readonly value: VirtualValue
}

/** A select that can be answered from rows in memory. ALLOW FILTERING is accepted and means nothing. */
export interface SupportedVirtualSelect {
  readonly table: VirtualTable
  readonly selectors: '*' | readonly VirtualSelector[]
  readonly where: readonly VirtualRelation[]
  readonly limit: number | null
}

/** A select of one of the tables that asks for more; `unsupported` names the first such thing, without any value. */
export interface UnsupportedVirtualSelect {
  readonly table: VirtualTable
  readonly unsupported: string
}

export type VirtualSelect = SupportedVirtualSelect | UnsupportedVirtualSelect

/**
 * Reads a SELECT on `system.local`, `system.peers` or `system.peers_v2`; null for every other statement. Where the text
 * does not name the keyspace, `keyspace` is that of the connection.
 *
 *     SELECT * | selector [AS alias], ... FROM [system.]table [WHERE column = value [AND ...]] [LIMIT n] [ALLOW FILTERING]
 *     selector = column | COUNT(*) | COUNT(1)
 */
export function parseVirtualSelect(text: string, keyspace: string | null = null): VirtualSelect | null {
  const statement = inspect(text)
  if (statement.kind !== 'select' || (statement.keyspace ?? keyspace) !== 'system') return null
  const table = virtualTable(statement.table)
  if (table === null) return null
  const reader = new SelectReader(text)
  const select = reader.read()
  return select === null ? { table, unsupported: reader.unsupported } : { table, ...select }
}

function virtualTable(table: string | null): VirtualTable | null {
  return table === 'local' || table === 'peers' || table === 'peers_v2' ? table : null
}

/** Reads the clauses; every method returns null once something unsupported was met, and `unsupported` then says what. */
class SelectReader {
  unsupported = ''
  readonly #lexer: Lexer

  constructor(text: string) {
    this.#lexer = new Lexer(text)
    this.#lexer.next()
  }

  read(): Omit<SupportedVirtualSelect, 'table'> | null {
    this.#lexer.next()
    const selectors = this.#selectors()
    if (selectors === null) return null
    if (!this.#word('from')) return this.#fail('expression in the select clause')
    readQualifiedName(this.#lexer)
    const where = this.#word('where') ? this.#relations() : []
    if (where === null) return null
    const limit = this.#word('limit') ? this.#limit() : 0
    if (limit === null) return null
    return this.#end() ? { selectors, where, limit: limit === 0 ? null : limit } : null
  }

  #selectors(): '*' | VirtualSelector[] | null {
    if (this.#operator(Operator.STAR)) return '*'
    const selectors: VirtualSelector[] = []
    do {
      const selector = this.#selector()
      if (selector === null) return null
      selectors.push(selector)
    } while (this.#operator(Operator.COMMA))
    return selectors
  }

  #selector(): VirtualSelector | null {
    const word = currentWord(this.#lexer)
    const name = nameAt(this.#lexer)
    if (name === null) return this.#fail('expression in the select clause')
    this.#lexer.next()
    const isCount = this.#lexer.operator === Operator.PAREN_OPEN && word === 'count'
    if (isCount && !this.#countArgument()) return null
    if (this.#lexer.operator === Operator.PAREN_OPEN) return this.#fail(`function ${name} in the select clause`)
    if ((word === 'json' || word === 'distinct') && this.#isSelectorNext()) return this.#fail(word.toUpperCase())
    if (!this.#word('as')) return isCount ? { kind: 'count', alias: null } : { kind: 'column', name, alias: null }
    const alias = nameAt(this.#lexer)
    if (alias === null) return this.#fail('alias that is no name')
    this.#lexer.next()
    return isCount ? { kind: 'count', alias } : { kind: 'column', name, alias }
  }

  /** After JSON or DISTINCT, which are good column names too: `SELECT json FROM` is one, `SELECT JSON key FROM` is not. */
  #isSelectorNext(): boolean {
    const word = currentWord(this.#lexer)
    return this.#lexer.operator === Operator.STAR || (nameAt(this.#lexer) !== null && word !== 'as' && word !== 'from')
  }

  #countArgument(): boolean {
    this.#lexer.next()
    const isOne =
      this.#lexer.kind === TokenKind.NUMBER && this.#lexer.text.slice(this.#lexer.start, this.#lexer.end) === '1'
    const isRows = isOne || this.#lexer.operator === Operator.STAR
    if (isRows) this.#lexer.next()
    if (isRows && this.#operator(Operator.PAREN_CLOSE)) return true
    this.#fail('COUNT of anything but *')
    return false
  }

  #relations(): VirtualRelation[] | null {
    const relations: VirtualRelation[] = []
    do {
      const column = nameAt(this.#lexer)
      if (column === null) return this.#fail('relation that does not start with a column')
      this.#lexer.next()
      if (!this.#operator(Operator.EQUALS)) return this.#fail(`relation of column ${column} other than =`)
      const value = this.#value()
      if (value === null) return this.#fail(`value of column ${column} that is neither a literal nor a bind marker`)
      relations.push({ column, operator: '=', value })
    } while (this.#word('and'))
    return relations
  }

  #value(): VirtualValue | null {
    const lexer = this.#lexer
    if (lexer.kind === TokenKind.MARKER) {
      lexer.next()
      return { kind: 'marker', name: null }
    }
    if (this.#operator(Operator.COLON)) {
      const name = nameAt(lexer)
      lexer.next()
      return name === null ? null : { kind: 'marker', name }
    }
    const isNegative = this.#operator(Operator.MINUS)
    const text = literalAt(lexer)
    if (text === null || (isNegative && lexer.kind !== TokenKind.NUMBER)) return null
    lexer.next()
    return { kind: 'literal', text: isNegative ? `-${text}` : text }
  }

  #limit(): number | null {
    const lexer = this.#lexer
    const limit = lexer.kind === TokenKind.NUMBER ? Number(lexer.text.slice(lexer.start, lexer.end)) : 0
    // A limit that the cluster refuses (0, a fraction, more than an int holds) is none that is supported either.
    if (!Number.isInteger(limit) || limit < 1 || limit > 0x7fffffff)
      return this.#fail('LIMIT that is no positive integer')
    lexer.next()
    return limit
  }

  #end(): boolean {
    if (this.#word('allow') && !this.#word('filtering')) this.#fail('ALLOW without FILTERING')
    else if (this.#operator(Operator.SEMICOLON) || this.#lexer.kind === TokenKind.END) {
      if (this.#lexer.kind === TokenKind.END) return true
      this.#fail('text after the end of the statement')
    } else {
      const word = currentWord(this.#lexer)
      this.#fail(word === '' ? 'syntax after the clauses' : `clause ${word.toUpperCase()}`)
    }
    return false
  }

  /** Moves past the current token if it is this word. */
  #word(word: Word): boolean {
    if (currentWord(this.#lexer) !== word) return false
    this.#lexer.next()
    return true
  }

  /** Moves past the current token if it is this operator. */
  #operator(operator: number): boolean {
    if (this.#lexer.operator !== operator) return false
    this.#lexer.next()
    return true
  }

  #fail(reason: string): null {
    this.unsupported = reason
    return null
  }
}

function literalAt(lexer: Lexer): string | null {
  const { text, start, end, kind } = lexer
  if (kind === TokenKind.STRING) {
    if (!text.startsWith('$$', start)) return unquote(text, start, end, "'")
    return text.slice(start + 2, Math.max(start + 2, end - 2))
  }
  const word = currentWord(lexer)
  return LITERALS.has(kind) || word === 'true' || word === 'false' ? text.slice(start, end) : null
}

const LITERALS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  TokenKind.NUMBER,
  TokenKind.UUID,
  TokenKind.BLOB,
  TokenKind.DURATION,
])

import type { Lexer } from './lexer.ts'
import { Operator, TokenKind } from './token.ts'

/** A table or another schema object as a statement names it; parts that the statement does not give are null. */
export interface QualifiedName {
  readonly keyspace: string | null
  readonly name: string | null
}

/** The name at the current token as the cluster stores it: lower case unless quoted; null when there is no name here. */
export function nameAt(lexer: Lexer): string | null {
  if (lexer.kind === TokenKind.NAME) return lexer.text.slice(lexer.start, lexer.end).toLowerCase()
  if (lexer.kind !== TokenKind.QUOTED_NAME) return null
  return unquote(lexer.text, lexer.start, lexer.end, '"')
}

/** Reads `name` or `keyspace.name` from the current token on and moves past it. */
export function readQualifiedName(lexer: Lexer): QualifiedName {
  const first = nameAt(lexer)
  if (first === null) return { keyspace: null, name: null }
  lexer.next()
  if (lexer.operator !== Operator.DOT) return { keyspace: null, name: first }
  lexer.next()
  const second = nameAt(lexer)
  if (second !== null) lexer.next()
  return { keyspace: first, name: second }
}

/** What stands between quotes, a doubled quote taken as one; the closing quote may be missing at the end of the text. */
export function unquote(text: string, start: number, end: number, quote: string): string {
  const isClosed = end - start > 1 && text.endsWith(quote, end)
  const inner = text.slice(start + 1, isClosed ? end - 1 : end)
  return inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner
}

import { Lexer } from '../../src/lexer.ts'
import { TokenKind } from '../../src/token.ts'

/** The tokens of a text, each as `KIND:text`. */
export function tokensOf(text: string): string[] {
  const lexer = new Lexer(text)
  const tokens: string[] = []
  while (lexer.next() !== TokenKind.END) tokens.push(`${kindName(lexer.kind)}:${text.slice(lexer.start, lexer.end)}`)
  return tokens
}

function kindName(kind: TokenKind): string {
  return Object.entries(TokenKind).find(([, value]) => value === kind)?.[0] ?? String(kind)
}

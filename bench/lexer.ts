import type { Bench } from './harness.ts'
import { Lexer, TokenKind } from './inner-modules.ts'
import { longInsert, shortSelect } from './sample-statements.ts'

/** One operation is one text, all its tokens. */
export const lexerBenches: readonly Bench[] = [
  { name: `lexer: select of ${shortSelect.length} characters`, run: lex(shortSelect) },
  { name: `lexer: insert of ${longInsert.length} characters`, run: lex(longInsert) },
]

function lex(text: string): Bench['run'] {
  return (count) => {
    let tokens = 0
    for (let i = 0; i < count; i++) {
      const lexer = new Lexer(text)
      while (lexer.next() !== TokenKind.END) tokens++
    }
    return tokens
  }
}

import { describe, expect, it } from 'vitest'
import { Lexer } from '../src/lexer.ts'
import { TokenKind } from '../src/token.ts'
import { currentWord, quotedWordAt, wordAt } from '../src/word.ts'

describe('wordAt', () => {
  it.each(['select', 'SELECT', 'sElEcT'])('knows %s in any case', (text) => {
    expect(wordAt(text, 0, text.length)).toBe('select')
  })

  it.each(['selects', 'selec', 'selec_', 'a', 'currentTimeStampNow', 'x'.repeat(100)])('knows no %s', (text) => {
    expect(wordAt(text, 0, text.length)).toBe('')
  })

  it('does not take an underscore for a letter, nor the other way round', () => {
    expect(wordAt('current_time', 0, 12)).toBe('current_time')
    expect(wordAt('current\u007ftime', 0, 12)).toBe('')
  })

  it('reads inside a text', () => {
    expect(wordAt('a from b', 2, 6)).toBe('from')
  })
})

describe('quotedWordAt', () => {
  it('knows a quoted name only in lower case, as quoted names keep their case', () => {
    expect(quotedWordAt('"now"', 0, 5)).toBe('now')
    expect(quotedWordAt('"NOW"', 0, 5)).toBe('')
  })

  it('knows no empty and no unterminated quoted name', () => {
    expect(quotedWordAt('""', 0, 2)).toBe('')
    expect(quotedWordAt('"', 0, 1)).toBe('')
    expect(quotedWordAt('"now', 0, 4)).toBe('')
  })
})

describe('currentWord', () => {
  it('is that of an unquoted name and of no other token', () => {
    const lexer = new Lexer('from "from" \'from\' 5')
    const words: string[] = []
    while (lexer.next() !== TokenKind.END) words.push(currentWord(lexer))
    expect(words).toStrictEqual(['from', '', '', ''])
  })
})

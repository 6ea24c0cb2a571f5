import { describe, expect, it } from 'vitest'
import { Lexer } from '../src/lexer.ts'
import { nameAt, readQualifiedName, unquote } from '../src/name.ts'

function lexerOf(text: string): Lexer {
  const lexer = new Lexer(text)
  lexer.next()
  return lexer
}

describe('nameAt', () => {
  it.each([
    ['Users', 'users'],
    ['"Users"', 'Users'],
    ['"a""b"', 'a"b'],
    ['""', ''],
    ['"open', 'open'],
    ['"', ''],
  ])('takes %s for the name %s', (text, expected) => {
    expect(nameAt(lexerOf(text))).toBe(expected)
  })

  it.each(["'users'", '5', '?', '*', ''])('finds no name in %j', (text) => {
    expect(nameAt(lexerOf(text))).toBeNull()
  })
})

describe('readQualifiedName', () => {
  it.each([
    ['t x', null, 't', 'x'],
    ['ks.t x', 'ks', 't', 'x'],
    ['Ks . "T" x', 'ks', 'T', 'x'],
    ['"K.s"./* t */t x', 'K.s', 't', 'x'],
    ['ks.? x', 'ks', null, '?'],
    ['? x', null, null, '?'],
    ['ks.', 'ks', null, ''],
  ])('reads %s and stops after it', (text, keyspace, name, next) => {
    const lexer = lexerOf(text)
    expect(readQualifiedName(lexer)).toStrictEqual({ keyspace, name })
    expect(text.slice(lexer.start, lexer.end)).toBe(next)
  })
})

describe('unquote', () => {
  it('takes off the quotes and halves doubled ones', () => {
    expect(unquote("x = 'it''s'", 4, 11, "'")).toBe("it's")
  })

  it('takes what is there when the closing quote is missing', () => {
    expect(unquote("'it", 0, 3, "'")).toBe('it')
  })
})

import { describe, expect, it } from 'vitest'
import { Lexer } from '../src/lexer.ts'
import { Operator, TokenKind } from '../src/token.ts'
import { tokensOf } from './support/tokens.ts'

describe('Lexer', () => {
  it.each([
    ['names of letters, digits and underscores', 'SELECT a_1, B2', 'NAME:SELECT NAME:a_1 OPERATOR:, NAME:B2'],
    ['a name that starts with an underscore', '_id', 'NAME:_id'],
    ['a byte order mark between names', 'a\ufeffb', 'NAME:a NAME:b'],
    ['a name with letters beyond ASCII', 'größe', 'NAME:größe'],
    ['quoted names with doubled quotes', '"a""b" ""', 'QUOTED_NAME:"a""b" QUOTED_NAME:""'],
    ['strings with doubled quotes', "'it''s' ''", "STRING:'it''s' STRING:''"],
    ['a string that holds comment signs', "'-- /* //'", "STRING:'-- /* //'"],
    ['a string in double dollars, quotes inside', '$$it\'s $1 "x"$$ y', 'STRING:$$it\'s $1 "x"$$ NAME:y'],
    ['an empty string in double dollars', '$$$$', 'STRING:$$$$'],
    ['a single dollar as an operator', '$a', 'OPERATOR:$ NAME:a'],
    [
      'integers and floats',
      '0 12 1.5 1. 1e5 1.5E-3 2e+4',
      'NUMBER:0 NUMBER:12 NUMBER:1.5 NUMBER:1. NUMBER:1e5 NUMBER:1.5E-3 NUMBER:2e+4',
    ],
    ['the sign of a number as its own token', '-1 +2', 'OPERATOR:- NUMBER:1 OPERATOR:+ NUMBER:2'],
    ['a range of numbers', '1..2', 'NUMBER:1 OPERATOR:.. NUMBER:2'],
    ['an exponent without digits as a name', '1e x 1e+', 'NUMBER:1 NAME:e NAME:x NUMBER:1 NAME:e OPERATOR:+'],
    [
      'a number that runs into a keyword',
      '5desc 1and 10from',
      'NUMBER:5 NAME:desc NUMBER:1 NAME:and NUMBER:10 NAME:from',
    ],
    [
      'uuids that start with a digit',
      '50554d6e-29bb-11e5-b345-feff819cdc9f',
      'UUID:50554d6e-29bb-11e5-b345-feff819cdc9f',
    ],
    [
      'uuids that start with a letter',
      'FEFF4d6e-29bb-11e5-b345-feff819cdc9f',
      'UUID:FEFF4d6e-29bb-11e5-b345-feff819cdc9f',
    ],
    [
      'a keyword right after a uuid',
      '50554d6e-29bb-11e5-b345-feff819cdc9fAND',
      'UUID:50554d6e-29bb-11e5-b345-feff819cdc9f NAME:AND',
    ],
    [
      'a difference that begins like a uuid',
      'deadbeef-1 12345678-1',
      'NAME:deadbeef OPERATOR:- NUMBER:1 NUMBER:12345678 OPERATOR:- NUMBER:1',
    ],
    [
      'a uuid cut short',
      'deadbeef-29bb-11e5-b345-feff819cdc9',
      'NAME:deadbeef OPERATOR:- NUMBER:29 NAME:bb OPERATOR:- NUMBER:11e5 OPERATOR:- NAME:b345 OPERATOR:- NAME:feff819cdc9',
    ],
    ['blobs', '0xCAFE 0x 0Xf', 'BLOB:0xCAFE BLOB:0x BLOB:0Xf'],
    ['a blob that runs into other letters', '0xfg', 'BLOB:0xf NAME:g'],
    [
      'durations of units',
      '12h30m 1y2mo3w4d5h6m7s8ms9us10ns 1MO',
      'DURATION:12h30m DURATION:1y2mo3w4d5h6m7s8ms9us10ns DURATION:1MO',
    ],
    ['a duration in microseconds by their sign', '3\u00b5s', 'DURATION:3\u00b5s'],
    ['digits left over after a duration', '1d2 1d2x', 'DURATION:1d NUMBER:2 DURATION:1d NUMBER:2 NAME:x'],
    ['units that are none', '1u 1n 1mx 1month', 'NUMBER:1 NAME:u NUMBER:1 NAME:n NUMBER:1 NAME:mx NUMBER:1 NAME:month'],
    [
      'ISO 8601 durations',
      'P1Y2M3DT4H5M6S P4W PT5M P3D P1YT1S',
      'DURATION:P1Y2M3DT4H5M6S DURATION:P4W DURATION:PT5M DURATION:P3D DURATION:P1YT1S',
    ],
    ['ISO 8601 durations in the alternative form', 'P0001-02-03T04:05:06', 'DURATION:P0001-02-03T04:05:06'],
    [
      'names that begin like ISO 8601 durations',
      'p1Y P P1 PT PT5 P1Yx Price P1M2Y P1YT',
      'NAME:p1Y NAME:P NAME:P1 NAME:PT NAME:PT5 NAME:P1Yx NAME:Price NAME:P1M2Y NAME:P1YT',
    ],
    ['positional markers', 'a=?', 'NAME:a OPERATOR:= MARKER:?'],
    ['a named marker as a colon and a name', ':id', 'OPERATOR:: NAME:id'],
    [
      'operators of two characters',
      '+= -= <= >= != ..',
      'OPERATOR:+= OPERATOR:-= OPERATOR:<= OPERATOR:>= OPERATOR:!= OPERATOR:..',
    ],
    [
      'operators of one character one by one',
      '=+<{[(',
      'OPERATOR:= OPERATOR:+ OPERATOR:< OPERATOR:{ OPERATOR:[ OPERATOR:(',
    ],
    [
      'characters that CQL does not know as operators',
      '\\ ~ \u00a0 x',
      'OPERATOR:\\ OPERATOR:~ OPERATOR:\u00a0 NAME:x',
    ],
    ['nothing in an empty text', '', ''],
    ['nothing in white space, control characters and a byte order mark', '\ufeff \t\r\n\f\u0000', ''],
  ])('reads %s', (_, text, expected) => {
    expect(tokensOf(text).join(' ')).toBe(expected)
  })

  it.each([
    ['-- to the end of the line', 'a -- b\nc', 'NAME:a NAME:c'],
    ['-- to a carriage return', 'a -- b\rc', 'NAME:a NAME:c'],
    ['// to the end of the line', 'a // b\nc', 'NAME:a NAME:c'],
    ['a comment that ends with the text', 'a -- b', 'NAME:a'],
    ['/* */ over lines', 'a /* b\n*c **/ d', 'NAME:a NAME:d'],
    ['/* */ without nesting', '/* /* */ a */', 'NAME:a OPERATOR:* OPERATOR:/'],
    ['a comment after a comment', '/**/-- x\n//\n/* */a', 'NAME:a'],
    ['a quote inside a comment', '/* \' */ a -- "\nb', 'NAME:a NAME:b'],
    ['a comment between a sign and a number', '3--1\n+2', 'NUMBER:3 OPERATOR:+ NUMBER:2'],
  ])('passes over %s', (_, text, expected) => {
    expect(tokensOf(text).join(' ')).toBe(expected)
  })

  it.each([
    ['string', "a 'b c", "NAME:a STRING:'b c"],
    ['string that ends with a doubled quote', "'b''", "STRING:'b''"],
    ['string in double dollars', '$$a $', 'STRING:$$a $'],
    ['quoted name', 'a "b c', 'NAME:a QUOTED_NAME:"b c'],
    ['comment', 'a /* b c', 'NAME:a'],
    ['comment of its first two characters', 'a /*', 'NAME:a'],
  ])('lets an unterminated %s end with the text', (_, text, expected) => {
    expect(tokensOf(text).join(' ')).toBe(expected)
  })

  it('stays at the end of the text', () => {
    const lexer = new Lexer('a ')
    lexer.next()
    expect(lexer.next()).toBe(TokenKind.END)
    expect(lexer.next()).toBe(TokenKind.END)
    expect([lexer.start, lexer.end]).toStrictEqual([2, 2])
  })

  it('tells the operator of an operator and of nothing else', () => {
    const lexer = new Lexer('+= a (')
    const operators = [lexer.next(), lexer.operator, lexer.next(), lexer.operator, lexer.next(), lexer.operator]
    expect(operators).toStrictEqual([
      TokenKind.OPERATOR,
      Operator.PLUS_EQUALS,
      TokenKind.NAME,
      Operator.NONE,
      TokenKind.OPERATOR,
      Operator.PAREN_OPEN,
    ])
  })
})

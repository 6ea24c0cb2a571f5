// HOT PATH: runs over the text of every simple statement. Allocates nothing per token: the current token is described by
// the fields of the one Lexer. Linear in the text: each character is looked at a bounded number of times, there is no
// regular expression, and what is not terminated ends with the text instead of being tried again as something else.

import { Operator, TokenKind } from './token.ts'

/**
 * CQL tokens of a text, one at a time; white space and all three forms of comments are passed over. Never throws:
 * characters that no CQL token starts with are operators of one character.
 * Follows the lexer grammar of Apache Cassandra 4.0 to 5.0, but for three points: the sign of a number is a token of its
 * own, a comment may end with the text, and names may start with `_` or hold letters beyond ASCII.
 */
export class Lexer {
  readonly text: string
  /** Of the current token; `END` before the first `next()` too. */
  kind: TokenKind = TokenKind.END
  /** Where the current token starts in the text. */
  start = 0
  /** Where the current token ends, exclusive. */
  end = 0
  /** The operator of an `OPERATOR` token, otherwise `Operator.NONE`. */
  operator: number = Operator.NONE

  constructor(text: string) {
    this.text = text
  }

  /** Moves to the next token and returns its kind. */
  next(): TokenKind {
    const text = this.text
    const start = skipBlank(text, this.end)
    this.start = start
    this.operator = Operator.NONE
    if (start >= text.length) {
      this.end = text.length
      this.start = text.length
      this.kind = TokenKind.END
      return this.kind
    }
    const code = text.charCodeAt(start)
    if (isNameStart(code)) this.#name(code)
    else if (isDigit(code)) this.#number(code)
    else this.#other(code)
    return this.kind
  }

  #name(code: number): void {
    const text = this.text
    const start = this.start
    if (isHex(code) && isUuidAt(text, start)) {
      this.#is(TokenKind.UUID, start + UUID_CHARS)
      return
    }
    // Upper case only: `P1Y` is a duration and `p1y` is a name.
    if (code === 0x50) {
      const end = isoDurationEnd(text, start)
      if (end > start) {
        this.#is(TokenKind.DURATION, end)
        return
      }
    }
    this.#is(TokenKind.NAME, nameEnd(text, start + 1))
  }

  #number(code: number): void {
    const text = this.text
    const start = this.start
    if (isUuidAt(text, start)) {
      this.#is(TokenKind.UUID, start + UUID_CHARS)
      return
    }
    if (code === 0x30 && (text.charCodeAt(start + 1) | 0x20) === 0x78) {
      let end = start + 2
      while (isHex(text.charCodeAt(end))) end++
      this.#is(TokenKind.BLOB, end)
      return
    }
    const digitsEnd = skipDigits(text, start)
    if (durationUnitChars(text, digitsEnd) > 0) this.#is(TokenKind.DURATION, durationEnd(text, start))
    else this.#is(TokenKind.NUMBER, numberEnd(text, digitsEnd))
  }

  #other(code: number): void {
    const text = this.text
    const start = this.start
    switch (code) {
      case 0x27:
        this.#is(TokenKind.STRING, quotedEnd(text, start, "'"))
        return
      case 0x22:
        this.#is(TokenKind.QUOTED_NAME, quotedEnd(text, start, '"'))
        return
      case 0x3f:
        this.#is(TokenKind.MARKER, start + 1)
        return
      case 0x24:
        if (text.charCodeAt(start + 1) === 0x24) {
          const close = text.indexOf('$$', start + 2)
          this.#is(TokenKind.STRING, close < 0 ? text.length : close + 2)
          return
        }
    }
    const second = text.charCodeAt(start + 1)
    const isPair = isOperatorPair(code, second)
    this.#is(TokenKind.OPERATOR, start + (isPair ? 2 : 1))
    this.operator = isPair ? (code << 8) | second : code
  }

  #is(kind: TokenKind, end: number): void {
    this.kind = kind
    this.end = end
  }
}

/**
 * Whether a character may stand in an unquoted name: letters, digits, `_`, and everything beyond ASCII but the no-break
 * space, the micro sign of durations and the byte order mark.
 */
export function isNamePart(code: number): boolean {
  return code < 0x80 ? NAME_PARTS[code] === 1 : code > 0xbf && code !== 0xfeff
}

const UUID_CHARS = 36

function skipBlank(text: string, at: number): number {
  while (at < text.length) {
    const code = text.charCodeAt(at)
    // All control characters count as white space, and so does a byte order mark, which editors leave at the start.
    if (code <= 0x20 || code === 0xfeff) {
      at++
      continue
    }
    if (code !== 0x2d && code !== 0x2f) return at
    const second = text.charCodeAt(at + 1)
    if (second === code) {
      at = lineEnd(text, at + 2)
    } else if (code === 0x2f && second === 0x2a) {
      const close = text.indexOf('*/', at + 2)
      at = close < 0 ? text.length : close + 2
    } else {
      return at
    }
  }
  return at
}

function lineEnd(text: string, at: number): number {
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x0a || code === 0x0d) return at
    at++
  }
  return at
}

/** The end of what is quoted at `start`, where a doubled quote stands for one; the end of the text if nothing closes it. */
function quotedEnd(text: string, start: number, quote: string): number {
  let close = text.indexOf(quote, start + 1)
  while (close >= 0 && text.charCodeAt(close + 1) === text.charCodeAt(start)) close = text.indexOf(quote, close + 2)
  return close < 0 ? text.length : close + 1
}

function nameEnd(text: string, at: number): number {
  while (at < text.length && isNamePart(text.charCodeAt(at))) at++
  return at
}

function numberEnd(text: string, digitsEnd: number): number {
  let at = digitsEnd
  // `1..2` is a range between two numbers.
  if (text.charCodeAt(at) === 0x2e && text.charCodeAt(at + 1) !== 0x2e) at = skipDigits(text, at + 1)
  if ((text.charCodeAt(at) | 0x20) !== 0x65) return at
  const sign = text.charCodeAt(at + 1)
  const digits = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
  return isDigit(text.charCodeAt(digits)) ? skipDigits(text, digits) : at
}

/** The end of `12h30m`: as many pairs of digits and unit as follow each other. */
function durationEnd(text: string, at: number): number {
  for (;;) {
    const digits = skipDigits(text, at)
    const unit = digits === at ? 0 : durationUnitChars(text, digits)
    if (unit === 0) return at
    at = digits + unit
  }
}

/** How many characters the duration unit at `at` takes, 0 if there is none. Units: y mo w d h m s ms us ns, and us with a micro sign. */
function durationUnitChars(text: string, at: number): number {
  const first = text.charCodeAt(at)
  const second = text.charCodeAt(at + 1) | 0x20
  let chars = 0
  switch (first | 0x20) {
    case 0x79:
    case 0x77:
    case 0x64:
    case 0x68:
    case 0x73:
      chars = 1
      break
    case 0x6d:
      chars = second === 0x6f || second === 0x73 ? 2 : 1
      break
    case 0x75:
    case 0x6e:
      chars = second === 0x73 ? 2 : 0
      break
    default:
      chars = first === 0xb5 && second === 0x73 ? 2 : 0
  }
  // `5desc` is a number and a keyword, as a unit is followed by another number or by no part of a name.
  const after = text.charCodeAt(at + chars)
  return chars > 0 && (isDigit(after) || !isNameStart(after)) ? chars : 0
}

/** The end of an ISO 8601 duration at `start`, which holds a `P`; `start` if there is none. */
function isoDurationEnd(text: string, start: number): number {
  const end = isoPeriodEnd(text, start + 1)
  return end > start + 1 && !isNamePart(text.charCodeAt(end)) ? end : start
}

function isoPeriodEnd(text: string, start: number): number {
  const alternative = isoAlternativeEnd(text, start)
  if (alternative > start) return alternative
  let at = isoPartsEnd(text, start, 'W')
  if (at > start) return at
  at = isoPartsEnd(text, start, 'YMD')
  if (text.charCodeAt(at) !== 0x54) return at
  const end = isoPartsEnd(text, at + 1, 'HMS')
  return end > at + 1 ? end : at
}

/** Passes digits followed by each of the designators, in their order, any of them left out. */
function isoPartsEnd(text: string, at: number, designators: string): number {
  for (let index = 0; index < designators.length; index++) {
    const digits = skipDigits(text, at)
    if (digits > at && text.charCodeAt(digits) === designators.charCodeAt(index)) at = digits + 1
  }
  return at
}

/** Passes `0001-02-03T04:05:06`. */
function isoAlternativeEnd(text: string, start: number): number {
  for (let index = 0; index < ISO_ALTERNATIVE.length; index++) {
    const code = text.charCodeAt(start + index)
    const wanted = ISO_ALTERNATIVE.charCodeAt(index)
    if (wanted === 0x30 ? !isDigit(code) : code !== wanted) return start
  }
  return start + ISO_ALTERNATIVE.length
}

const ISO_ALTERNATIVE = '0000-00-00T00:00:00'

function isUuidAt(text: string, start: number): boolean {
  // Nearly everything that is not a uuid fails here.
  if (text.charCodeAt(start + 8) !== 0x2d) return false
  for (let index = 0; index < UUID_CHARS; index++) {
    const code = text.charCodeAt(start + index)
    const isDash = index === 8 || index === 13 || index === 18 || index === 23
    if (isDash ? code !== 0x2d : !isHex(code)) return false
  }
  return true
}

function isOperatorPair(first: number, second: number): boolean {
  if (second === 0x3d) return first === 0x2b || first === 0x2d || first === 0x3c || first === 0x3e || first === 0x21
  return first === 0x2e && second === 0x2e
}

function skipDigits(text: string, at: number): number {
  while (isDigit(text.charCodeAt(at))) at++
  return at
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66)
}

function isNameStart(code: number): boolean {
  return isNamePart(code) && !isDigit(code)
}

/** For each ASCII character whether it may be part of an unquoted name; a look here is half the price of comparing. */
const NAME_PARTS: Uint8Array = namePartTable()

function namePartTable(): Uint8Array {
  const table = new Uint8Array(0x80)
  for (let code = 0; code < table.length; code++) table[code] = /\w/.test(String.fromCharCode(code)) ? 1 : 0
  return table
}

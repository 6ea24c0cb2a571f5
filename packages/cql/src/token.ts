/** What a token is. A bind marker `:name` is two tokens, see `Operator.COLON`. */
export const TokenKind = {
  /** The end of the text; every further `next()` stays here. */
  END: 0,
  /** An unquoted name or keyword. */
  NAME: 1,
  /** A name in double quotes, the quotes included. */
  QUOTED_NAME: 2,
  /** `'...'` with `''` for a quote, or `$$...$$`; the delimiters included. */
  STRING: 3,
  /** An integer or a float without its sign. */
  NUMBER: 4,
  UUID: 5,
  /** `0x` and hex digits. */
  BLOB: 6,
  /** `1y2mo3d` and the ISO 8601 forms `P1Y2M3DT4H`, `P4W`, `P0001-02-03T04:05:06`. */
  DURATION: 7,
  /** The positional bind marker `?`. */
  MARKER: 8,
  /** One of `Operator`, or any other single character; which one is in `Lexer.operator`. */
  OPERATOR: 9,
} as const
export type TokenKind = (typeof TokenKind)[keyof typeof TokenKind]

/** The operators that somebody asks for: a character's code, or `first << 8 | second` for those of two characters. */
export const Operator = {
  NONE: 0,
  PERCENT: 0x25,
  PAREN_OPEN: 0x28,
  PAREN_CLOSE: 0x29,
  STAR: 0x2a,
  PLUS: 0x2b,
  COMMA: 0x2c,
  MINUS: 0x2d,
  DOT: 0x2e,
  SLASH: 0x2f,
  /** Before a name it is a named marker or, in a map or UDT literal, the separator: only the reader can tell which. */
  COLON: 0x3a,
  SEMICOLON: 0x3b,
  EQUALS: 0x3d,
  BRACKET_OPEN: 0x5b,
  BRACKET_CLOSE: 0x5d,
  BRACE_OPEN: 0x7b,
  BRACE_CLOSE: 0x7d,
  PLUS_EQUALS: 0x2b3d,
  MINUS_EQUALS: 0x2d3d,
} as const

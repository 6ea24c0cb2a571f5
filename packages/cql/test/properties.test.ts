import { type FunctionValues, inspect, parseVirtualSelect, replaceFunctions, type Statement } from '@zdmkit/cql'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lexer } from '../src/lexer.ts'
import { TokenKind } from '../src/token.ts'
import { CountingText } from './support/counting-text.ts'
import { soup } from './support/soup.ts'
import { tokensOf } from './support/tokens.ts'

// A fixed seed, so that a failure tells about the change that it came with.
fc.configureGlobal({ seed: 20260101, numRuns: 2000 })

const values: FunctionValues = {
  uuid: () => '8c1ff0a6-2f5c-4c6e-9d0e-6f0a3b0c1d2e',
  timeUuid: () => '50554d6e-29bb-11e5-b345-feff819cdc9f',
  timestampMs: () => 1700000000000n,
  date: () => '2023-11-14',
  time: () => '22:13:20.000000001',
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...`'"$-/*\n()[]{}.:+=sx1dePT`), maxLength: 60 }),
  fc.tuple(soup, fc.constantFrom('', ' ', '\n')).map(([tokens, separator]) => tokens.join(separator)),
)

/** Everything but the offsets. */
function factsOf(statement: Statement): unknown {
  return { ...statement, functions: statement.functions.map(({ name, isNested }) => ({ name, isNested })) }
}

describe('Lexer', () => {
  it('covers any text with tokens that neither overlap nor are empty', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lexer = new Lexer(text)
        let end = 0
        while (lexer.next() !== TokenKind.END) {
          expect(lexer.start).toBeGreaterThanOrEqual(end)
          expect(lexer.end).toBeGreaterThan(lexer.start)
          end = lexer.end
        }
        expect(lexer.end).toBe(text.length)
      }),
    )
  })

  it('reads each token alone as it reads it among others', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lexer = new Lexer(text)
        while (lexer.next() !== TokenKind.END) {
          const token = text.slice(lexer.start, lexer.end)
          const alone = new Lexer(token)
          expect([alone.next(), alone.end]).toStrictEqual([lexer.kind, token.length])
        }
      }),
    )
  })
})

describe('inspect', () => {
  it('never throws, and finds calls inside the text, in their order', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let end = 0
        for (const call of inspect(text).functions) {
          expect(call.start).toBeGreaterThanOrEqual(end)
          expect(text.slice(call.start, call.end)).toMatch(/^[a-z"].*\(.*\)$/is)
          end = call.end
        }
        parseVirtualSelect(text, 'system')
      }),
    )
  })

  it('does not see what separates tokens', () => {
    fc.assert(
      fc.property(soup, (pieces) => {
        const tokens = tokensOf(pieces.join(' ')).map((token) => token.slice(token.indexOf(':') + 1))
        const plain = factsOf(inspect(tokens.join(' ')))
        expect(factsOf(inspect(tokens.join(" /* now() ' */ -- if uuid()\n\t")))).toStrictEqual(plain)
      }),
    )
  })

  it('does not see the case of unquoted names', () => {
    fc.assert(
      fc.property(soup, (pieces) => {
        const upper = pieces.map((piece) => (/["'$]/.test(piece) ? piece : piece.toUpperCase()))
        expect(factsOf(inspect(upper.join(' ')))).toStrictEqual(factsOf(inspect(pieces.join(' '))))
      }),
    )
  })

  it('takes a text that starts with SELECT for a read, whatever follows', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(inspect(`SELECT ${text}`)).toMatchObject({ kind: 'select', isIdempotent: true })
      }),
    )
  })
})

describe('replaceFunctions', () => {
  it('leaves no call behind and changes nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const before = inspect(text)
        const replaced = replaceFunctions(text, before.functions, values)
        const after = inspect(replaced)
        expect(after.functions).toStrictEqual([])
        if (before.functions.length === 0) expect(replaced).toBe(text)
        const { functions: _, isIdempotent: __, ...rest } = before
        expect(after).toMatchObject(rest)
      }),
    )
  })

  it('puts exactly one literal in the place of each call', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { functions } = inspect(text)
        const literals: Record<string, string[]> = {
          uuid: [`UUID:${values.uuid()}`],
          now: [`UUID:${values.timeUuid()}`],
          currenttimeuuid: [`UUID:${values.timeUuid()}`],
          currenttimestamp: [`NUMBER:${values.timestampMs()}`],
          currentdate: [`STRING:'${values.date()}'`],
          currenttime: [`STRING:'${values.time()}'`],
        }
        const expected: string[] = []
        let end = 0
        for (const call of functions) {
          expected.push(...tokensOf(text.slice(end, call.start)))
          if (call.isNested) expected.push('OPERATOR:(', `NAME:${hintOf(call.name)}`, 'OPERATOR:)')
          expected.push(...(literals[call.name] ?? []))
          end = call.end
        }
        expected.push(...tokensOf(text.slice(end)))
        expect(tokensOf(replaceFunctions(text, functions, values))).toStrictEqual(expected)
      }),
    )
  })
})

function hintOf(name: string): string {
  if (name === 'uuid') return name
  return name === 'now' ? 'timeuuid' : name.slice('current'.length)
}

describe('the work that inspect does', () => {
  const CHARS = 1 << 18

  it.each([
    ['quotes', "'"],
    ['doubled quotes and a letter', "''a"],
    ['double quotes', '"'],
    ['dollars', '$'],
    ['dollars and letters', '$$a'],
    ['starts of comments', '/*'],
    ['ends of comments', '*/'],
    ['dashes', '-'],
    ['slashes', '/ '],
    ['digits', '1'],
    ['digits and units', '1d'],
    ['digits and a unit that is none', '1dx'],
    ['points', '1.'],
    ['exponents without digits', '1e+'],
    ['the first half of a uuid', '12345678-1234-1234-'],
    ['uuids', '50554d6e-29bb-11e5-b345-feff819cdc9f'],
    ['starts of ISO durations', 'P1'],
    ['ISO durations of names', 'P1Y2M3DT4H5M6Sx '],
    ['blobs', '0x'],
    ['letters', 'a'],
    ['keywords', 'current_timeuuid '],
    ['opening brackets', '(['],
    ['closing brackets', ')]'],
    ['calls', 'now()'],
    ['calls in calls', 'f(now('],
    ['names and points', 'system.'],
    ['values', 'x = x + 1, l[0] = null, '],
    ['children', 'insert into t (a) values (now());'],
    ['children without an end', 'delete '],
    ['white space', ' '],
  ])('grows in step with a text of %s', (_, fragment) => {
    for (const leading of ['SELECT ', 'SELECT a FROM t WHERE b(', 'UPDATE t SET ', 'DELETE ', 'BEGIN BATCH ', '']) {
      const text = new CountingText(leading + fragment.repeat(CHARS / fragment.length / 8))
      inspect(text.asString())
      expect(text.readCount).toBeLessThan(24 * text.length)
    }
  })

  it('grows in step with a megabyte of random text', () => {
    const [text = ''] = fc.sample(
      fc.array(soup, { minLength: 200, maxLength: 200, size: 'max' }).map((parts) => parts.flat().join(' ')),
      1,
    )
    const counted = new CountingText(`UPDATE t SET ${text.repeat(Math.ceil((1 << 20) / text.length))}`)
    inspect(counted.asString())
    expect(counted.readCount).toBeLessThan(24 * counted.length)
  })

  it('ends at the table of a select in which no call follows', () => {
    const select = 'SELECT a, b, c FROM ks.t '
    const text = new CountingText(select + 'WHERE a = 1 '.repeat(CHARS / 12))
    inspect(text.asString())
    // Twice the search for a parenthesis.
    expect(text.readCount).toBeLessThan(2.1 * text.length)
  })
})

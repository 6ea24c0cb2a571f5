import { describe, expect, it } from 'vitest'
import { parseLedger, readLedger } from '../src/read-ledger.ts'
import { entry } from './support/entry.ts'

const LINES = [{ ledger: 1, seed: 7 }, entry(1), entry(2), { end: true, entries: 2 }].map((line) =>
  JSON.stringify(line),
)
const TEXT = `${LINES.join('\n')}\n`

function codeOf(text: string): unknown {
  try {
    parseLedger(text, 'ledger.jsonl')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : error
  }
}

describe('parseLedger', () => {
  it('reads a whole file', () => {
    expect(parseLedger(TEXT, 'ledger.jsonl')).toStrictEqual({
      seed: 7,
      entries: [entry(1), entry(2)],
      isComplete: true,
    })
  })

  it('reads a file torn at any byte: the whole lines, and says that the end is missing', () => {
    for (let cut = 0; cut < TEXT.length; cut++) {
      const wholeLines = TEXT.slice(0, cut).split('\n').length - 1
      const { entries, isComplete } = parseLedger(TEXT.slice(0, cut), 'ledger.jsonl')
      expect({ count: entries.length, isComplete }).toStrictEqual({
        count: Math.max(0, wholeLines - 1),
        isComplete: false,
      })
    }
  })

  it.each([
    ['a line that is no JSON', [LINES[0], '{"oper', LINES[2]], 'line 2 is not a JSON object'],
    ['a line that is no object', [LINES[0], '7'], 'line 2 is not a JSON object'],
    ['no header', [LINES[1]], 'line 1 is not the header of a ledger'],
    ['a header of another version', ['{"ledger":2}'], 'line 1 is not the header of a ledger'],
    [
      'an entry with an outcome of its own',
      [LINES[0], LINES[1]?.replace('applied', 'perhaps')],
      'line 2 is not a ledger entry',
    ],
    ['an entry of another table', [LINES[0], LINES[1]?.replace('"users"', '"others"')], 'line 2 is not a ledger entry'],
    ['an entry without its key', [LINES[0], LINES[1]?.replace('"key"', '"keys"')], 'line 2 is not a ledger entry'],
    ['an end that counts otherwise', [LINES[0], LINES[1], LINES[3]], 'line 3 says 2 entries where 1 precede it'],
    ['something after the end', [...LINES, LINES[1]], 'line 5 follows the end line'],
  ])('refuses %s', (_, lines, message) => {
    expect(codeOf(`${lines.join('\n')}\n`)).toBe(`SIMULATOR_LEDGER_DAMAGED: ledger file ledger.jsonl: ${message}`)
  })

  it('never shows a value of a damaged line', () => {
    expect(codeOf(`${LINES[0]}\n{"values": "secret"\n`)).not.toContain('secret')
  })
})

describe('readLedger', () => {
  it('names a file that cannot be read', async () => {
    await expect(readLedger('/nonexistent/ledger.jsonl')).rejects.toMatchObject({ code: 'SIMULATOR_LEDGER_UNREADABLE' })
  })
})

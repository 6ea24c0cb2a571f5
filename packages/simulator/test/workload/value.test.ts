import { types } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { parameterOf, textOf, valueOfCell } from '../../src/workload/value.ts'

const ID = '11111111-2222-4333-8444-555555555555'

describe('valueOfCell', () => {
  it.each([
    ['uuid', 'uuid', ID],
    ['text', 'text', 'Zoë'],
    ['timestamp', 'timestamp', '2026-01-01T00:00:01.000Z'],
    ['date', 'date', '2026-01-01'],
    ['decimal, trailing zero kept', 'decimal', '12.50'],
    ['int', 'int', '42'],
    ['list', 'list<text>', ['b', 'a']],
    ['map', 'map<text, text>', { b: '1', a: '2' }],
    ['no cell', 'text', null],
  ] as const)('gives back what was bound: %s', (_, type, value) => {
    expect(valueOfCell(parameterOf(type, value))).toStrictEqual(value)
  })

  it('takes an empty collection for none, as the server does', () => {
    expect([[], {}, undefined].map(valueOfCell)).toStrictEqual([null, null, null])
  })

  it('reads the driver objects that are no plain maps', () => {
    expect(valueOfCell(types.BigDecimal.fromString('0.10'))).toBe('0.10')
    expect(valueOfCell(5n)).toBe('5')
  })
})

describe('textOf', () => {
  it('is equal for maps in any order and unequal for lists in another', () => {
    expect(textOf({ a: '1', b: '2' })).toBe(textOf({ b: '2', a: '1' }))
    expect(textOf(['a', 'b'])).not.toBe(textOf(['b', 'a']))
  })

  it('tells null from the text null, and a list from its text', () => {
    expect(new Set([null, 'null', ['a'], '["a"]', { a: 'b' }].map(textOf)).size).toBe(5)
  })

  it('takes empty collections for null', () => {
    expect([textOf([]), textOf({})]).toStrictEqual(['null', 'null'])
  })
})

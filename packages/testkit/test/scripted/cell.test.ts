import { describe, expect, it } from 'vitest'
import { type CellValue, columnSpecs, encodeCell, hex, parseType } from '../../src/index.ts'

describe('encodeCell', () => {
  const id = '5a1c395e-b41f-11e5-9f22-ba0be0483c18'
  const rows: [type: string, value: CellValue, bytes: Buffer | null][] = [
    ['text', 'é', hex('c3a9')],
    ['ascii', 'a', hex('61')],
    ['int', -2, hex('fffffffe')],
    ['smallint', 258, hex('0102')],
    ['tinyint', -1, hex('ff')],
    ['bigint', 1n, hex('0000000000000001')],
    ['counter', 2, hex('0000000000000002')],
    ['timestamp', 1_700_000_000_000, hex('0000018bcfe56800')],
    ['date', 2 ** 31, hex('80000000')],
    ['double', 1.5, hex('3ff8000000000000')],
    ['float', 1.5, hex('3fc00000')],
    ['boolean', true, hex('01')],
    ['boolean', false, hex('00')],
    ['uuid', id, hex(id.replaceAll('-', ''))],
    ['inet', '127.0.0.2', hex('7f000002')],
    ['blob', '0xCAFE', hex('cafe')],
    ['varint', hex('00ff'), hex('00ff')],
    ['int', null, null],
    ['list<int>', [1, null], hex('00000002', '00000004 00000001', 'ffffffff')],
    ['set<text>', ['a'], hex('00000001', '00000001 61')],
    ['map<text, int>', new Map([['a', 1]]), hex('00000001', '00000001 61', '00000004 00000001')],
    ['tuple<int, text>', [1, 'a'], hex('00000004 00000001', '00000001 61')],
    ['frozen<list<frozen<set<int>>>>', [[1]], hex('00000001', '0000000c', '00000001', '00000004 00000001')],
  ]
  it.each(rows)('writes %s', (type, value, bytes) => {
    expect(encodeCell(value, parseType(type))).toStrictEqual(bytes)
  })

  it.each([
    ['int', 'text'],
    ['text', 1],
    ['int', [1]],
    ['int', new Map([['a', 1]])],
  ] as [string, CellValue][])('refuses for %s what does not fit', (type, value) => {
    expect(() => encodeCell(value, parseType(type))).toThrow(`a scripted cell of type`)
  })
})

describe('parseType', () => {
  it('reads nested types', () => {
    expect(parseType('map<text, frozen<tuple<int, list<uuid>>>>')).toStrictEqual({
      kind: 'map',
      key: { kind: 'varchar' },
      value: { kind: 'tuple', elements: [{ kind: 'int' }, { kind: 'list', element: { kind: 'uuid' } }] },
    })
  })

  it('refuses what it does not know', () => {
    for (const text of ['address', 'vector<float, 3>', 'map<int>', '']) expect(() => parseType(text)).toThrow(TypeError)
  })
})

describe('columnSpecs', () => {
  it('takes columns as text or in full', () => {
    const full = { keyspace: 'x', table: 'y', name: 'z', type: { kind: 'int' } as const }
    expect(columnSpecs(['a list<int>', 'b', full], 'ks', 't')).toStrictEqual([
      { keyspace: 'ks', table: 't', name: 'a', type: { kind: 'list', element: { kind: 'int' } } },
      { keyspace: 'ks', table: 't', name: 'b', type: { kind: 'blob' } },
      full,
    ])
  })
})

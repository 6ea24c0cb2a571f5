import { describe, expect, it } from 'vitest'
import { formatKey } from '../src/index.ts'
import { assembleTable, type ColumnRow } from '../src/schema/table.ts'

const key = (name: string, type: string, position: number): ColumnRow => ({
  name,
  type,
  kind: position < 2 ? 'partition_key' : 'clustering',
  position,
  order: 'none',
})
const table = assembleTable('shop', 'visits', { defaultTtlSeconds: 0, gcGraceSeconds: 0, isView: false }, [
  key('user', 'uuid', 0),
  key('day', 'date', 1),
  key('at', 'timestamp', 2),
  key('place', 'text', 3),
  key('rank', 'int', 4),
  key('bytes', 'blob', 5),
])
const row = {
  kind: 'row' as const,
  token: -42n,
  key: [Buffer.from('00112233445566778899aabbccddeeff', 'hex'), Buffer.from('80000001', 'hex')],
  clustering: [
    Buffer.from('00000000000003e8', 'hex'),
    Buffer.from('a"b'),
    Buffer.from('fffffffe', 'hex'),
    Buffer.of(7),
  ],
}

describe('formatKey', () => {
  it('shows no value of the row unless asked', () => {
    expect(formatKey(table, row)).toBe('shop.visits row at token -42')
  })

  it('shows the whole primary key when asked', () => {
    expect(formatKey(table, row, { values: 'shown' })).toBe(
      'shop.visits row at token -42 (user=00112233-4455-6677-8899-aabbccddeeff, day=1970-01-02, ' +
        'at=1970-01-01T00:00:01.000Z, place="a\\"b", rank=-2, bytes=0x07)',
    )
  })

  it('shows only the partition key of static cells', () => {
    expect(formatKey(table, { ...row, kind: 'static', clustering: [] }, { values: 'shown' })).toBe(
      'shop.visits statics at token -42 (user=00112233-4455-6677-8899-aabbccddeeff, day=1970-01-02)',
    )
  })

  it('shows cells of an odd length as hex, and dates beyond those of JavaScript as numbers', () => {
    const odd = {
      ...row,
      key: [Buffer.of(1), Buffer.of(2)],
      clustering: [Buffer.alloc(8, 0x7f), null, Buffer.of(3), null],
    }
    expect(formatKey(table, odd, { values: 'shown' })).toBe(
      'shop.visits row at token -42 (user=0x01, day=0x02, at=9187201950435737471 ms, place=null, rank=0x03, bytes=null)',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { comparePartitions, isSameRow, rowText } from '../../src/join/order.ts'
import { row } from '../support/rows.ts'

describe('comparePartitions', () => {
  it.each([
    ['the smaller token', row({ token: -5 }), row({ token: 3 })],
    ['at the same token, the smaller key', row({ token: 1, key: 'a' }), row({ token: 1, key: 'b' })],
    ['the shorter of two keys with the same start', row({ token: 1, key: 'a' }), row({ token: 1, key: 'ab' })],
    ['bytes without a sign', row({ token: 1, key: 'z' }), row({ token: 1, key: 'é' })],
    // Composite: the length of the first component decides before its bytes do.
    ['the shorter first component', row({ token: 1, key: ['b', 'x'] }), row({ token: 1, key: ['aa', 'x'] })],
  ])('puts first %s', (_, first, second) => {
    expect(Math.sign(comparePartitions(first, second))).toBe(-1)
    expect(Math.sign(comparePartitions(second, first))).toBe(1)
    expect(comparePartitions(first, first)).toBe(0)
  })
})

describe('rowText', () => {
  it('tells apart what isSameRow tells apart', () => {
    const rows = [
      row({ token: 1 }),
      row({ token: 1, clustering: null }),
      row({ token: 1, clustering: '' }),
      row({ token: 1, clustering: 'a' }),
      { ...row({ token: 1 }), kind: 'row' as const, clustering: [Buffer.from('a 1:b'), Buffer.from('c')] },
      { ...row({ token: 1 }), kind: 'row' as const, clustering: [Buffer.from('a'), Buffer.from('b 1:c')] },
    ]
    for (const left of rows) {
      for (const right of rows) {
        if (left.clustering.length !== right.clustering.length && left.kind === right.kind) continue
        expect(isSameRow(left, right)).toBe(rowText(left) === rowText(right))
        expect(isSameRow(left, right)).toBe(left === right)
      }
    }
  })
})

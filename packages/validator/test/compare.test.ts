import { describe, expect, it } from 'vitest'
import { differingCells } from '../src/compare.ts'

const cell = (text: string): Buffer => Buffer.from(text)

describe('differingCells', () => {
  it.each<[string, (Buffer | null)[], (Buffer | null)[], number[]]>([
    ['equal bytes in other buffers are equal', [cell('a'), null], [cell('a'), null], []],
    ['other bytes', [cell('a'), cell('b')], [cell('a'), cell('c')], [1]],
    ['no cell and an empty one are two things', [null, cell('')], [cell(''), null], [0, 1]],
    ['two empty cells are equal', [cell('')], [cell('')], []],
    ['a prefix is another value', [cell('a')], [cell('ab')], [0]],
    ['rows without cells are equal', [], [], []],
  ])('%s', (_, origin, target, positions) => {
    expect(differingCells(origin, target)).toStrictEqual(positions)
  })
})

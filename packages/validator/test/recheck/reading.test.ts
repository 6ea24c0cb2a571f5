import { describe, expect, it } from 'vitest'
import { judge, type Reading } from '../../src/recheck/reading.ts'

const START = 1_000_000n
const TRIES = 3
const at = (writeTime: bigint | null, ...cells: (string | null)[]): Reading => ({
  cells: cells.map((cell) => (cell === null ? null : Buffer.from(cell))),
  newestWriteTime: writeTime,
})
const OLD = START - 1n
const NEW = START + 1n

function verdict(origin: Reading | null, target: Reading | null, attempt: number): string {
  const judgement = judge({ origin, target }, { attempt, tries: TRIES, scanStartMicros: START })
  switch (judgement.kind) {
    case 'resolved':
      return `resolved, ${judgement.isPresent ? 'present' : 'gone'}`
    case 'again':
      return 'again'
    case 'confirmed':
    case 'moving':
      return [judgement.kind, judgement.difference.kind, ...judgement.difference.cells].join(' ')
  }
}

describe('judge', () => {
  it.each<[string, Reading | null, Reading | null, number, string]>([
    ['equal at the first try', at(OLD, 'a'), at(OLD, 'a'), 1, 'resolved, present'],
    ['equal at the last try, though just written', at(NEW, 'a'), at(NEW, 'a'), 3, 'resolved, present'],
    ['equal cells with other write times', at(OLD, 'a'), at(NEW, 'a'), 1, 'resolved, present'],
    ['gone on both', null, null, 1, 'resolved, gone'],
    ['missing, with tries left', at(OLD, 'a'), null, 2, 'again'],
    ['missing at the last try', at(OLD, 'a'), null, 3, 'confirmed missing'],
    ['extra at the last try', null, at(OLD, 'a'), 3, 'confirmed extra'],
    [
      'different at the last try, naming the cells',
      at(OLD, 'a', 'b', null),
      at(OLD, 'a', 'c', ''),
      3,
      'confirmed different 1 2',
    ],
    ['different without readable write times', at(null, 'a'), at(null, 'b'), 3, 'confirmed different 0'],
    ['written exactly when the scan began', at(START, 'a'), null, 3, 'confirmed missing'],
    ['written since, on origin: twice the tries', at(NEW, 'a'), null, 3, 'again'],
    ['written since, on target: twice the tries', at(OLD, 'a'), at(NEW, 'b'), 5, 'again'],
    ['written since and never equal', at(NEW, 'a'), at(OLD, 'b'), 6, 'moving different 0'],
    ['written since and never there', at(NEW, 'a'), null, 6, 'moving missing'],
  ])('%s', (_, origin, target, attempt, expected) => {
    expect(verdict(origin, target, attempt)).toBe(expected)
  })
})

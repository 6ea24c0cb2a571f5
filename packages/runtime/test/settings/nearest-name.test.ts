import { describe, expect, it } from 'vitest'
import { editDistance, nearestName } from '../../src/settings/nearest-name.ts'
import { randomText, seededRandom } from '../support/random.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['port', 'port', 0],
    ['port', 'prot', 1],
    ['port', 'ports', 1],
    ['port', 'pot', 1],
    ['port', 'fort', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('of %j and %j is %d', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance)
  })

  it('is the same both ways, zero only for equals, and at most the longer length', () => {
    const random = seededRandom(3)
    for (let round = 0; round < 500; round++) {
      const [left, right] = [randomText(random, 'abc', 8), randomText(random, 'abc', 8)]
      const distance = editDistance(left, right)
      expect(editDistance(right, left)).toBe(distance)
      expect(distance === 0).toBe(left === right)
      expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length))
    }
  })
})

describe('nearestName', () => {
  const known = ['origin_port', 'target_port', 'origin_username', 'log_level']

  it.each([
    ['origin_prot', 'origin_port'],
    ['ORIGIN-PORT', 'origin_port'],
    ['tarrget_port', 'target_port'],
    ['originusername', 'origin_username'],
    ['loglevel', 'log_level'],
    ['metrics_port', null],
    ['x', null],
    ['', null],
  ])('of %j is %j', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest)
  })

  it('takes the first of names equally near', () => {
    expect(nearestName('ab', ['aa', 'bb'])).toBe('aa')
  })
})

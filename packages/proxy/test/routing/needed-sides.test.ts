import { expect, it } from 'vitest'
import { neededSides } from '../../src/routing/needed-sides.ts'
import { initialRouting } from '../../src/routing/routing.ts'
import { ORIGIN, TARGET } from '../../src/side.ts'

it('needs the clusters that are written', () => {
  expect(neededSides(initialRouting('origin', 'PRIMARY_ONLY', 'dual'))).toStrictEqual([ORIGIN, TARGET])
  expect(neededSides(initialRouting('origin', 'PRIMARY_ONLY', 'origin'))).toStrictEqual([ORIGIN])
  expect(neededSides(initialRouting('target', 'PRIMARY_ONLY', 'target'))).toStrictEqual([TARGET])
})

import * as cql from '@zdmkit/cql'
import { expect, it } from 'vitest'

it('exports these names and no others', () => {
  expect(Object.keys(cql).sort()).toStrictEqual(['inspect', 'parseVirtualSelect', 'replaceFunctions'])
})

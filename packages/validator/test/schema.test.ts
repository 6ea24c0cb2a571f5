import type { Column, Table } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { checkSameSchema } from '../src/schema.ts'
import { column, table } from './support/table.ts'

function problemOf(origin: Table, target: Table): string | null {
  try {
    checkSameSchema(origin, target)
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error)
  }
}

const id = column('id', 'uuid', { kind: 'partition_key', position: 0 })
const at = (order: Column['order']): Column => column('at', 'timestamp', { kind: 'clustering', position: 0, order })

describe('checkSameSchema', () => {
  it('accepts the same columns', () => {
    expect(problemOf(table([id, at('desc')]), table([id, at('desc')]))).toBeNull()
  })

  it.each([
    [
      'a column that the target lacks',
      [id, column('a', 'int')],
      [id],
      'column a is int (regular) on origin and none on target',
    ],
    [
      'a column that the origin lacks',
      [id],
      [id, column('a', 'int')],
      'column a is none on origin and int (regular) on target',
    ],
    [
      'another type',
      [id, column('a', 'int')],
      [id, column('a', 'bigint')],
      'column a is int (regular) on origin and bigint (regular) on target',
    ],
    [
      'another order',
      [id, at('asc')],
      [id, at('desc')],
      'column at is timestamp (clustering 0 asc) on origin and timestamp (clustering 0 desc) on target',
    ],
    [
      'a static that is regular',
      [id, column('a', 'int', { kind: 'static' })],
      [id, column('a', 'int')],
      'column a is int (static) on origin and int (regular) on target',
    ],
  ])('refuses %s', (_, origin, target, problem) => {
    expect(problemOf(table(origin), table(target))).toBe(
      `VALIDATOR_SCHEMA_DIFFERS: table shop.items cannot be compared: ${problem}`,
    )
  })
})

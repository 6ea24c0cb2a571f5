import { describe, expect, it } from 'vitest'
import { EXERCISE_TABLES, exerciseSchema } from '../../src/migration/exercise-schema.ts'

describe('exerciseSchema', () => {
  it("replicates in the cluster's own data center", () => {
    const [keyspace] = exerciseSchema("dc'1", 3)
    expect(keyspace).toContain("{'class': 'NetworkTopologyStrategy', 'dc''1': 3}")
  })

  it('makes the four tables and the four indexes of the exercise', () => {
    const statements = exerciseSchema('dc1')
    for (const table of EXERCISE_TABLES) {
      expect(statements.some((text) => text.startsWith(`CREATE TABLE IF NOT EXISTS "training".${table} (`))).toBe(true)
    }
    const indexes = statements.filter((text) => text.startsWith('CREATE INDEX')).map((text) => text.split(' ON ')[1])
    expect(indexes).toStrictEqual([
      '"training".users (email)',
      '"training".users (status)',
      '"training".orders (user_id)',
      '"training".products (category)',
    ])
  })
})

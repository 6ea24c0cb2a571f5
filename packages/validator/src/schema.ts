import type { Column, Table } from '@zdmkit/cluster'
import { ValidatorError } from './errors.ts'

/**
 * Rows can be compared only where both tables have the same columns, in the same places and orders.
 * @throws VALIDATOR_SCHEMA_DIFFERS naming every column that differs
 */
export function checkSameSchema(origin: Table, target: Table): void {
  const names = [...new Set([...origin.columns, ...target.columns].map(({ name }) => name))]
  const find = (table: Table, name: string): string => {
    const column = table.columns.find((candidate) => candidate.name === name)
    return column ? describe(column) : 'none'
  }
  const problems = names.flatMap((name) => {
    const left = find(origin, name)
    const right = find(target, name)
    return left === right ? [] : [`column ${name} is ${left} on origin and ${right} on target`]
  })
  if (problems.length === 0) return
  throw new ValidatorError(
    'VALIDATOR_SCHEMA_DIFFERS',
    `table ${origin.keyspace}.${origin.name} cannot be compared: ${problems.join('; ')}`,
  )
}

function describe({ type, kind, position, order }: Column): string {
  const place = position >= 0 ? ` ${position}` : ''
  return `${type} (${kind.replace('_', ' ')}${place}${order === 'none' ? '' : ` ${order}`})`
}

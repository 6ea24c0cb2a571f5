import type { Cluster, Table, UserType } from '@zdmkit/cluster'
import { BackfillError } from './errors.ts'
import type { BackfillOptions } from './options.ts'
import { planTable, type TablePlan } from './plan.ts'

/**
 * Reads the schema of both clusters and plans every table, so that whatever is refused is refused before a row is read.
 * @throws BACKFILL_NO_TABLES, the codes of `planTable`, CLUSTER_UNKNOWN_KEYSPACE, CLUSTER_UNKNOWN_TABLE
 */
export async function loadPlans(options: BackfillOptions): Promise<TablePlan[]> {
  const { origin, target, keyspace } = options
  const names = options.tables ? [...new Set(options.tables)] : await origin.listTables(keyspace)
  if (names.length === 0) {
    throw new BackfillError('BACKFILL_NO_TABLES', `there is no table to copy in keyspace ${keyspace} of ${origin.name}`)
  }
  const plans: TablePlan[] = []
  for (const name of names) {
    const [from, to] = await Promise.all([origin.readTable(keyspace, name), target.readTable(keyspace, name)])
    plans.push(
      planTable(from, to, {
        userTypes: await readUserTypes(origin, target, from),
        acceptsLowGcGrace: options.accept?.includes('low-gc-grace') ?? false,
      }),
    )
  }
  return plans
}

async function readUserTypes(origin: Cluster, target: Cluster, table: Table): Promise<Map<string, UserType>> {
  const types = new Map<string, UserType>()
  for (const { type, collection } of table.columns) {
    if (collection !== 'udt' || types.has(type)) continue
    const name = type.startsWith('"') ? type.slice(1, -1).replaceAll('""', '"') : type
    const [from, to] = await Promise.all([
      origin.readUserType(table.keyspace, name),
      target.readUserType(table.keyspace, name),
    ])
    if (JSON.stringify(from.fields) !== JSON.stringify(to.fields)) {
      throw new BackfillError(
        'BACKFILL_TABLE_MISMATCH',
        `user type ${table.keyspace}.${name} of table ${table.name} does not have the same fields on both clusters`,
      )
    }
    types.set(type, from)
  }
  return types
}

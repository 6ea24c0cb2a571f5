import { parseVirtualSelect, type Statement, type VirtualSelect } from '@zdmkit/cql'

/**
 * The select when it is one of the tables that the proxy shows instead of the cluster's; else `null`. A select of `system.local`
 * that asks for what a server makes up, such as `SELECT now() FROM system.local`, is the cluster's to answer: pools try their
 * connections with it, and it says nothing of where nodes are.
 */
export function virtualSelect(text: string, statement: Statement, keyspace: string | null): VirtualSelect | null {
  const select = parseVirtualSelect(text, keyspace)
  if (select === null || !('unsupported' in select)) return select
  return select.table === 'local' && statement.functions.length > 0 ? null : select
}

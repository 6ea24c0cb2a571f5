/** A keyspace, table or column name as CQL text that keeps its case and may be a reserved word. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

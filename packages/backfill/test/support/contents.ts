import { type Cluster, formatKey, scanTable } from '@zdmkit/cluster'

/** What a table holds: row to column to its bytes as hex, write time (null: unreadable) and moment of expiry in seconds. */
export type Contents = Record<string, Record<string, { hex: string; writeTime: string | null; endsAt: number | null }>>

/** Reads a whole table, cell by cell. */
export async function contentsOf(cluster: Cluster, keyspace: string, name: string): Promise<Contents> {
  const table = await cluster.readTable(keyspace, name)
  const contents: Contents = {}
  for await (const rows of scanTable(cluster, table, { writeTimes: true })) {
    for (const row of rows) {
      const cells: Contents[string] = {}
      const columns = row.kind === 'row' ? table.regulars : table.statics
      row.cells.forEach((cell, i) => {
        if (cell === null) return
        const ttl = row.ttls[i] ?? null
        cells[columns[i]?.name ?? ''] = {
          hex: cell.toString('hex'),
          writeTime: row.writeTimes[i]?.toString() ?? null,
          endsAt: ttl === null ? null : Math.round(row.readAtMs / 1000) + ttl,
        }
      })
      contents[formatKey(table, row, { values: 'shown' })] = cells
    }
  }
  return contents
}

/** Differences in words; expiries may differ by 2 s, which is what whole seconds on three clocks come to. */
export function differences(origin: Contents, target: Contents): string[] {
  const found: string[] = []
  for (const key of new Set([...Object.keys(origin), ...Object.keys(target)])) {
    const [from, to] = [origin[key], target[key]]
    if (!from || !to) {
      found.push(`${key} is only on the ${from ? 'origin' : 'target'}`)
      continue
    }
    for (const column of new Set([...Object.keys(from), ...Object.keys(to)])) {
      const [left, right] = [from[column], to[column]]
      if (left?.hex !== right?.hex) found.push(`${key} ${column}: ${left?.hex ?? 'null'} is ${right?.hex ?? 'null'}`)
      if (left?.writeTime !== right?.writeTime)
        found.push(`${key} ${column}: written ${left?.writeTime}, not ${right?.writeTime}`)
      if (Math.abs((left?.endsAt ?? 0) - (right?.endsAt ?? 0)) > 2) {
        found.push(`${key} ${column}: ends at ${left?.endsAt}, not ${right?.endsAt}`)
      }
    }
  }
  return found
}

import {
  type Cluster,
  type Column,
  type ConsistencyName,
  hasReadableWriteTime,
  quoteName,
  retrying,
  type Table,
} from '@zdmkit/cluster'
import type { RowAddress } from '../suspect.ts'
import type { Reading } from './reading.ts'

/** Reads single rows of one table on one side. */
export interface RowReader {
  /** The row, or the partition's static cells; null when there is none. */
  read(row: RowAddress): Promise<Reading | null>
}

export interface RowReaderOptions {
  readonly cluster: Cluster
  readonly table: Table
  readonly consistency: ConsistencyName
  readonly signal?: AbortSignal | undefined
}

/** Reads by primary key from a cluster; a request that fails and may pass is sent again. */
export class ClusterRowReader implements RowReader {
  readonly #options: RowReaderOptions

  constructor(options: RowReaderOptions) {
    this.#options = options
  }

  async read(row: RowAddress): Promise<Reading | null> {
    const { cluster, table, consistency, signal } = this.#options
    const isStatic = row.kind === 'static'
    const columns = isStatic ? table.statics : table.regulars
    const withTimes = columns.filter(hasReadableWriteTime)
    const session = await cluster.raw()
    const [cells] = await retrying(
      async () => {
        const statement = await session.prepare(selectText(table, columns, { isStatic, withTimes }))
        const values = isStatic ? row.key : [...row.key, ...row.clustering]
        return (await session.execute(statement, values, { consistency })).rows
      },
      { signal },
    )
    if (!cells) return null
    // The first cell is of the key: there may be no other column.
    const values = cells.slice(1, 1 + columns.length)
    if (isStatic && values.every((cell) => cell === null)) return null
    const times = cells.slice(1 + columns.length).flatMap((cell) => (cell ? [cell.readBigInt64BE()] : []))
    return { cells: values, newestWriteTime: times.reduce(newest, null) }
  }
}

function selectText(
  table: Table,
  columns: readonly Column[],
  { isStatic, withTimes }: { isStatic: boolean; withTimes: readonly Column[] },
): string {
  const key = [...table.partitionKey, ...(isStatic ? [] : table.clusteringKey)].map(({ name }) => quoteName(name))
  const selectors = [
    key[0],
    ...columns.map(({ name }) => quoteName(name)),
    ...withTimes.map(({ name }) => `WRITETIME(${quoteName(name)})`),
  ]
  return (
    `SELECT ${selectors.join(', ')} FROM ${quoteName(table.keyspace)}.${quoteName(table.name)} ` +
    `WHERE ${key.map((name) => `${name} = ?`).join(' AND ')}${isStatic ? ' LIMIT 1' : ''}`
  )
}

function newest(latest: bigint | null, time: bigint): bigint {
  return latest === null || time > latest ? time : latest
}

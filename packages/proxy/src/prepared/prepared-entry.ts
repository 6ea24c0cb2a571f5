import type { Statement } from '@zdmkit/cql'
import type { StatementClass } from '../routing/route.ts'
import type { PerSide } from '../side.ts'
import type { VirtualStatement } from '../virtual/virtual-tables.ts'

/** Length of the ids that the proxy gives out: MD5, as servers do it. */
export const PREPARED_ID_BYTES = 16

/** One prepared statement as the clients know it: the proxy's own id, and each cluster's. */
export interface PreparedEntry {
  readonly id: Buffer
  readonly text: string
  /** Keyspace of the connection that prepared it; unqualified names resolve there. */
  readonly keyspace: string | null
  readonly statement: Statement
  readonly statementClass: StatementClass
  /** Where the partition key's values stand among the bound ones; `null` where the cluster does not tell (protocol v3). */
  keyIndices: readonly number[] | null
  /** Each cluster's id; `null`: not prepared there yet. */
  readonly ids: PerSide<Buffer | null>
  /** What the clusters said of the columns of its rows; `null` before the first PREPARED answer. */
  columns: string | null
  /**
   * They said different things: the table was changed, or the clusters differ. A client knows one of them, so that no answer may
   * leave out what its columns are (CASSANDRA-10786).
   */
  hasSeveralColumns: boolean
  /** Answered by the proxy itself. */
  readonly virtual: VirtualStatement | null
}

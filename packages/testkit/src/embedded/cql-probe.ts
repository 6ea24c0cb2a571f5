import { Consistency } from '@zdmkit/protocol'
import { CqlConnection, type Credentials } from '@zdmkit/transport'

/** One statement on a connection of its own, to learn whether a node serves. */
export interface Probe {
  host: string
  port: number
  credentials: Credentials | undefined
  query: string
  /** Default ONE. */
  consistency?: Consistency
  signal?: AbortSignal
}

// A node that takes longer than this is asked again, on a new connection.
const PROBE_TIMEOUT_MS = 5_000

/** The number of rows that the statement gives; rejects while the node does not answer it. */
export async function countRows(probe: Probe): Promise<number> {
  const { query, consistency = Consistency.ONE, ...address } = probe
  await using connection = await CqlConnection.open({ ...address, connectTimeoutMs: PROBE_TIMEOUT_MS })
  const result = await connection.query(query, { consistency }, { timeoutMs: PROBE_TIMEOUT_MS })
  return result.kind === 'rows' ? result.rows.length : 0
}

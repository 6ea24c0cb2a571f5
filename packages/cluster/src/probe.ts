import { prepare } from '@zdmkit/protocol'
import { CqlConnection, decodeResult, ServerError } from '@zdmkit/transport'
import { type ClusterAddress, checkAddress } from './address.ts'
import { ClusterError } from './errors.ts'
import { fromTransportError } from './raw/transport-errors.ts'

/** What a node says about itself and what it can do. */
export interface ClusterIdentity {
  readonly name: string
  readonly dataCenter: string
  readonly releaseVersion: string
  /** The class name without its package, such as `Murmur3Partitioner`. */
  readonly partitioner: string
  /** Whether WRITETIME and TTL of a collection that is not frozen can be selected (Cassandra 5.0, CASSANDRA-8877). */
  readonly supportsCollectionWriteTime: boolean
}

/** A non-frozen collection that every version has, so that no table has to be made to ask. */
const COLLECTION_WRITE_TIME = 'SELECT WRITETIME(tokens) FROM system.local'

/**
 * Asks the first contact point that answers.
 * @throws CLUSTER_BAD_ADDRESS, CLUSTER_NO_HOST, CLUSTER_AUTH_FAILED
 */
export async function probe(address: ClusterAddress): Promise<ClusterIdentity> {
  checkAddress(address)
  let first: unknown
  for (const host of address.contactPoints) {
    try {
      return await probeNode(host, address)
    } catch (error) {
      first ??= error
    }
  }
  throw fromTransportError(first, `connecting to ${address.contactPoints.join(', ')} port ${address.port}`)
}

async function probeNode(host: string, address: ClusterAddress): Promise<ClusterIdentity> {
  await using connection = await CqlConnection.open({
    host,
    port: address.port,
    ...(address.credentials ? { credentials: address.credentials } : {}),
  })
  const result = await connection.query(
    'SELECT cluster_name, data_center, release_version, partitioner FROM system.local',
  )
  const row = result.kind === 'rows' ? result.rows[0] : undefined
  if (!row) throw new ClusterError('CLUSTER_BAD_RESULT', `${host}:${address.port} has no row in system.local`)
  const [name, dataCenter, releaseVersion, partitioner] = row.map((cell) => cell?.toString('utf8') ?? '')
  return {
    name: name ?? '',
    dataCenter: dataCenter ?? '',
    releaseVersion: releaseVersion ?? '',
    partitioner: (partitioner ?? '').replace(/^.*\./, ''),
    supportsCollectionWriteTime: await canPrepare(connection, COLLECTION_WRITE_TIME),
  }
}

async function canPrepare(connection: CqlConnection, cql: string): Promise<boolean> {
  try {
    const frame = await connection.request(prepare, { query: cql })
    decodeResult(frame, connection.version, `${connection.host}:${connection.port}`)
    return true
  } catch (error) {
    // Cassandra says INVALID; a proxy that answers system tables itself has errors of its own.
    if (error instanceof ServerError) return false
    throw error
  }
}

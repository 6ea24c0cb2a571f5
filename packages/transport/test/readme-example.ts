import { CqlConnection, type Credentials, TransportError } from '@zdmkit/transport'

/** What the cluster behind an address calls itself, or why it cannot be asked. */
export async function clusterName(host: string, port: number, credentials: Credentials): Promise<string> {
  try {
    await using connection = await CqlConnection.open({ host, port, credentials, connectTimeoutMs: 5000 })
    const answer = await connection.query('SELECT cluster_name FROM system.local')
    return answer.kind === 'rows' ? (answer.rows[0]?.[0]?.toString() ?? 'no name') : 'no rows'
  } catch (error) {
    if (error instanceof TransportError && error.code === 'TRANSPORT_AUTH_FAILED') return 'the login was refused'
    throw error
  }
}

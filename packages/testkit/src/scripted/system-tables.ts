// system.local, system.peers and their kin as a server of one release has them, so that drivers connect.

import { createHash } from 'node:crypto'
import { ErrorCode } from '@zdmkit/protocol'
import type { CellValue } from './cell.ts'
import { type Reply, reply } from './reply.ts'

/** Another node that the server tells drivers about. */
export interface ScriptedPeer {
  /** Such as `127.0.0.2`. */
  address: string
  /** Default: the server's own. */
  port?: number
  dataCenter?: string
  rack?: string
  releaseVersion?: string
  /** Default: one that depends on the address. */
  hostId?: string
  tokens?: readonly string[]
}

/** What the rows are made of. */
export interface ServerDescription {
  host: string
  port: number
  clusterName: string
  dataCenter: string
  rack: string
  releaseVersion: string
  hostId: string
  tokens: readonly string[]
  /** The highest protocol version. */
  version: number
  peers: readonly ScriptedPeer[]
  keyspaces: readonly string[]
}

type Table = { columns: Record<string, string>; rows: Record<string, CellValue>[] }

const SCHEMA_VERSION = '5a1c395e-b41f-11e5-9f22-ba0be0483c18'

/** The answer to a SELECT of a system table, or null when the text is none. */
export function answerSystemSelect(text: string, keyspace: string | null, server: ServerDescription): Reply | null {
  const pattern = /^\s*SELECT\s+(.+?)\s+FROM\s+(?:(\w+)\s*\.\s*)?(\w+)(.*)$/is
  const [, selectors = '', qualifier, name = '', rest = ''] = pattern.exec(text) ?? []
  const space = (qualifier ?? keyspace ?? '').toLowerCase()
  if (space !== 'system' && space !== 'system_schema') return null
  const table = findTable(space, name.toLowerCase(), server)
  if (table === null) return reply.error(ErrorCode.INVALID, missingTable(name, server))
  const rows = filter(table.rows, rest)
  const options = { keyspace: space, table: name.toLowerCase() }
  if (/^count\(\s*[*1]\s*\)$/i.test(selectors.trim())) {
    return reply.rows(['count bigint'], [[BigInt(rows.length)]], options)
  }
  const names = selectors.trim() === '*' ? Object.keys(table.columns) : selectors.split(',').map((one) => one.trim())
  // A table of which only the name is known has whatever is asked for, in no row.
  const isOpen = Object.keys(table.columns).length === 0
  const unknown = isOpen ? undefined : names.find((one) => table.columns[one.toLowerCase()] === undefined)
  if (unknown !== undefined) {
    return reply.error(ErrorCode.INVALID, `Undefined column name ${unknown} in table ${space}.${name}`)
  }
  const columns = names.map((one) => `${one.toLowerCase()} ${table.columns[one.toLowerCase()] ?? 'text'}`)
  const cells = rows.map((row) => names.map((one) => row[one.toLowerCase()] ?? null))
  return reply.rows(columns, cells, options)
}

/** A uuid that depends on the text only. */
export function uuidOf(text: string): string {
  const digits = createHash('md5').update(text).digest('hex')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`
}

function findTable(space: string, name: string, server: ServerDescription): Table | null {
  if (space === 'system_schema') return schemaTable(name, server)
  const isModern = majorOf(server) >= 4
  switch (name) {
    case 'local':
      return localTable(server, isModern)
    case 'peers':
      return peersTable(server)
    case 'peers_v2':
      return isModern ? peersV2Table(server) : null
    default:
      return null
  }
}

function localTable(server: ServerDescription, isModern: boolean): Table {
  const { host, port, tokens } = server
  const columns: Record<string, string> = {
    key: 'text',
    bootstrapped: 'text',
    broadcast_address: 'inet',
    ...(isModern && { broadcast_port: 'int' }),
    cluster_name: 'text',
    cql_version: 'text',
    data_center: 'text',
    gossip_generation: 'int',
    host_id: 'uuid',
    listen_address: 'inet',
    ...(isModern && { listen_port: 'int' }),
    native_protocol_version: 'text',
    partitioner: 'text',
    rack: 'text',
    release_version: 'text',
    rpc_address: 'inet',
    ...(isModern && { rpc_port: 'int' }),
    schema_version: 'uuid',
    tokens: 'set<text>',
    truncated_at: 'map<uuid, blob>',
  }
  const row = {
    key: 'local',
    bootstrapped: 'COMPLETED',
    broadcast_address: host,
    broadcast_port: 7000,
    cluster_name: server.clusterName,
    cql_version: '3.4.5',
    data_center: server.dataCenter,
    gossip_generation: 1_700_000_000,
    host_id: server.hostId,
    listen_address: host,
    listen_port: 7000,
    native_protocol_version: String(server.version),
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    rack: server.rack,
    release_version: server.releaseVersion,
    rpc_address: host,
    rpc_port: port,
    schema_version: SCHEMA_VERSION,
    tokens,
    truncated_at: null,
  }
  return { columns, rows: [row] }
}

function peersTable(server: ServerDescription): Table {
  const columns = {
    peer: 'inet',
    data_center: 'text',
    host_id: 'uuid',
    preferred_ip: 'inet',
    rack: 'text',
    release_version: 'text',
    rpc_address: 'inet',
    schema_version: 'uuid',
    tokens: 'set<text>',
  }
  const rows = server.peers.map((peer) => ({ ...sharedOf(peer, server), rpc_address: peer.address }))
  return { columns, rows }
}

function peersV2Table(server: ServerDescription): Table {
  const columns = {
    peer: 'inet',
    peer_port: 'int',
    data_center: 'text',
    host_id: 'uuid',
    native_address: 'inet',
    native_port: 'int',
    preferred_ip: 'inet',
    preferred_port: 'int',
    rack: 'text',
    release_version: 'text',
    schema_version: 'uuid',
    tokens: 'set<text>',
  }
  const rows = server.peers.map((peer) => ({
    ...sharedOf(peer, server),
    peer_port: 7000,
    native_address: peer.address,
    native_port: peer.port ?? server.port,
    preferred_port: null,
  }))
  return { columns, rows }
}

function sharedOf(peer: ScriptedPeer, server: ServerDescription): Record<string, CellValue> {
  return {
    peer: peer.address,
    data_center: peer.dataCenter ?? server.dataCenter,
    host_id: peer.hostId ?? uuidOf(peer.address),
    preferred_ip: null,
    rack: peer.rack ?? server.rack,
    release_version: peer.releaseVersion ?? server.releaseVersion,
    schema_version: SCHEMA_VERSION,
    tokens: peer.tokens ?? ['0'],
  }
}

/** The keyspaces that were given; all other tables of the schema are there and empty. */
function schemaTable(name: string, server: ServerDescription): Table {
  if (name !== 'keyspaces') return { columns: {}, rows: [] }
  const replication = new Map<CellValue, CellValue>([
    ['class', 'org.apache.cassandra.locator.SimpleStrategy'],
    ['replication_factor', '1'],
  ])
  return {
    columns: { keyspace_name: 'text', durable_writes: 'boolean', replication: 'map<text, text>' },
    rows: server.keyspaces.map((keyspace) => ({ keyspace_name: keyspace, durable_writes: true, replication })),
  }
}

/** Equality with a text in quotes is the one condition that is understood. */
function filter(rows: Record<string, CellValue>[], rest: string): Record<string, CellValue>[] {
  const [, column = '', value] = /\bWHERE\s+(\w+)\s*=\s*'([^']*)'/i.exec(rest) ?? []
  return value === undefined ? rows : rows.filter((row) => row[column.toLowerCase()] === value)
}

function missingTable(name: string, server: ServerDescription): string {
  return majorOf(server) >= 4 ? `table ${name} does not exist` : `unconfigured table ${name}`
}

function majorOf(server: ServerDescription): number {
  return Number.parseInt(server.releaseVersion, 10)
}

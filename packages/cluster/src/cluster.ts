import { Consistency } from '@zdmkit/protocol'
import { auth, Client, types } from 'cassandra-driver'
import type { ClusterAddress } from './address.ts'
import { type ConsistencyName, DEFAULT_CONSISTENCY } from './consistency.ts'
import { fromDriverError } from './driver-errors.ts'
import { ClusterError } from './errors.ts'
import { type ClusterIdentity, probe } from './probe.ts'
import { RawSession } from './raw/raw-session.ts'
import { listTables, listViews, readTable, readUserType } from './schema/read-schema.ts'
import type { Table, UserType } from './schema/table.ts'

/** One row: column name to the driver's value for it; 64-bit integers and varints are bigint. */
export type Row = Record<string, unknown>

export interface ClusterOptions {
  /** Default LOCAL_QUORUM. */
  readonly consistency?: ConsistencyName
  /** Sent at start-up, where operators see it. Default `zdmkit`. */
  readonly applicationName?: string
  /** Connections per node, for the driver and again for the raw session. Default 2. */
  readonly connections?: number
  /** Default 12,000: a little more than the servers' own longest time-out. */
  readonly requestTimeoutMs?: number
}

export interface ExecuteOptions {
  /** Default: true when there are parameters. */
  readonly prepare?: boolean
  readonly consistency?: ConsistencyName
  /** Microseconds since 1970; default: the driver's clock. */
  readonly timestamp?: bigint
  /** Default false: after a lost connection the driver asks again only when this is true. */
  readonly isIdempotent?: boolean
  /** Rows per page. Default 5000. */
  readonly pageSize?: number
}

const PAGE_SIZE = 5000

/** A cluster as the tools see it: statements through the driver, schema, and a raw session for cells as bytes. */
export class Cluster implements AsyncDisposable {
  readonly name: string
  readonly releaseVersion: string
  /** The data centre all requests go to. */
  readonly dataCenter: string
  /** Without package name, such as `Murmur3Partitioner`. */
  readonly partitioner: string
  /** Whether WRITETIME and TTL of collections that are not frozen can be selected here; found by preparing it. */
  readonly supportsCollectionWriteTime: boolean
  readonly consistency: ConsistencyName
  readonly #client: Client
  readonly #address: ClusterAddress
  readonly #options: ClusterOptions
  #raw: Promise<RawSession> | null = null
  #isClosed = false

  private constructor(
    identity: ClusterIdentity,
    dataCenter: string,
    parts: { client: Client; address: ClusterAddress; options: ClusterOptions },
  ) {
    this.name = identity.name
    this.releaseVersion = identity.releaseVersion
    this.dataCenter = dataCenter
    this.partitioner = identity.partitioner
    this.supportsCollectionWriteTime = identity.supportsCollectionWriteTime
    this.consistency = parts.options.consistency ?? DEFAULT_CONSISTENCY
    this.#client = parts.client
    this.#address = parts.address
    this.#options = parts.options
  }

  /** @throws CLUSTER_BAD_ADDRESS, CLUSTER_NO_HOST, CLUSTER_AUTH_FAILED, CLUSTER_TIMEOUT */
  static async connect(address: ClusterAddress, options: ClusterOptions = {}): Promise<Cluster> {
    const identity = await probe(address)
    const dataCenter = address.localDataCenter ?? identity.dataCenter
    const client = openClient(address, dataCenter, options)
    try {
      await client.connect()
    } catch (error) {
      await client.shutdown()
      throw fromDriverError(error, `connecting to ${address.contactPoints.join(', ')} port ${address.port}`)
    }
    return new Cluster(identity, dataCenter, { client, address, options })
  }

  /** Nodes of the local data centre that the driver knows. */
  get nodes(): { host: string; port: number }[] {
    return this.#client.hosts
      .values()
      .filter(({ datacenter }) => datacenter === this.dataCenter)
      .map(({ address }) => {
        const colon = address.lastIndexOf(':')
        return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
      })
  }

  /**
   * Runs a statement and gives the rows of all its pages.
   * @throws CLUSTER_ codes by kind of failure; a write that failed with TIMEOUT, CONNECTION_LOST or REPLICA_FAILURE may
   * have been applied
   */
  async execute(cql: string, params?: readonly unknown[], options?: ExecuteOptions): Promise<Row[]> {
    const rows: Row[] = []
    for await (const page of this.pages(cql, params, options)) rows.push(...page)
    return rows
  }

  /** The same page by page; ends only where the server gives no further paging state. Throws what `execute` does. */
  async *pages(cql: string, params: readonly unknown[] = [], options: ExecuteOptions = {}): AsyncGenerator<Row[]> {
    const queryOptions = {
      prepare: options.prepare ?? params.length > 0,
      isIdempotent: options.isIdempotent ?? false,
      fetchSize: options.pageSize ?? PAGE_SIZE,
      consistency: Consistency[options.consistency ?? this.consistency],
      ...(options.timestamp === undefined ? {} : { timestamp: types.Long.fromString(String(options.timestamp)) }),
    }
    let pageState: string | null = null
    do {
      if (this.#isClosed) throw new ClusterError('CLUSTER_CLOSED', `the connection to cluster ${this.name} is closed`)
      const result = await this.#executePage(cql, params, pageState ? { ...queryOptions, pageState } : queryOptions)
      pageState = result.pageState || null
      yield (result.rows ?? []).map((row) => ({ ...row }))
    } while (pageState)
  }

  /**
   * Names of the keyspace's tables, sorted, without views.
   * @throws CLUSTER_UNKNOWN_KEYSPACE
   */
  listTables(keyspace: string): Promise<string[]> {
    return listTables((cql, params) => this.execute(cql, params, { isIdempotent: true }), keyspace)
  }

  /** Names of the keyspace's materialized views, sorted. */
  listViews(keyspace: string): Promise<string[]> {
    return listViews((cql, params) => this.execute(cql, params, { isIdempotent: true }), keyspace)
  }

  /** @throws CLUSTER_UNKNOWN_KEYSPACE, CLUSTER_UNKNOWN_TABLE */
  readTable(keyspace: string, table: string): Promise<Table> {
    return readTable((cql, params) => this.execute(cql, params, { isIdempotent: true }), keyspace, table)
  }

  /** @throws CLUSTER_UNKNOWN_TABLE when there is no such type */
  readUserType(keyspace: string, name: string): Promise<UserType> {
    return readUserType((cql, params) => this.execute(cql, params, { isIdempotent: true }), keyspace, name)
  }

  /**
   * The cluster's raw session: opened at the first call, shared by all, closed with the cluster.
   * @throws CLUSTER_NO_HOST, CLUSTER_AUTH_FAILED, CLUSTER_CLOSED
   */
  raw(): Promise<RawSession> {
    if (this.#isClosed) {
      return Promise.reject(new ClusterError('CLUSTER_CLOSED', `the connection to cluster ${this.name} is closed`))
    }
    if (this.#raw) return this.#raw
    const { connections, requestTimeoutMs, applicationName } = this.#options
    const opening = RawSession.open({
      nodes: this.nodes,
      credentials: this.#address.credentials,
      consistency: this.consistency,
      applicationName: applicationName ?? 'zdmkit',
      ...(connections === undefined ? {} : { connectionsPerNode: connections }),
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    })
    this.#raw = opening
    opening.catch(() => {
      this.#raw = null
    })
    return opening
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const raw = await this.#raw?.catch(() => null)
    raw?.close()
    await this.#client.shutdown()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #executePage(cql: string, params: readonly unknown[], options: object): Promise<types.ResultSet> {
    try {
      return await this.#client.execute(cql, [...params], options)
    } catch (error) {
      throw fromDriverError(
        error,
        `${cql.trimStart().split(/\s/, 1)[0]?.toUpperCase() ?? 'request'} on cluster ${this.name}`,
      )
    }
  }
}

function openClient(address: ClusterAddress, localDataCenter: string, options: ClusterOptions): Client {
  const connections = options.connections ?? 2
  return new Client({
    contactPoints: [...address.contactPoints],
    protocolOptions: { port: address.port, maxVersion: 4 },
    localDataCenter,
    ...(address.credentials
      ? { authProvider: new auth.PlainTextAuthProvider(address.credentials.username, address.credentials.password) }
      : {}),
    applicationName: options.applicationName ?? 'zdmkit',
    monitorReporting: { enabled: false },
    encoding: { useBigIntAsLong: true, useBigIntAsVarint: true },
    pooling: { coreConnectionsPerHost: { 0: connections, 1: 1, 2: 0 } },
    socketOptions: { readTimeout: options.requestTimeoutMs ?? 12_000 },
    queryOptions: { consistency: Consistency[options.consistency ?? DEFAULT_CONSISTENCY] },
  })
}

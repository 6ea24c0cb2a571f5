import {
  type BatchType,
  batch,
  Consistency,
  execute,
  type MessageCodec,
  prepare,
  type QueryParameters,
  type Result,
} from '@zdmkit/protocol'
import { type Credentials, decodeResult, ServerError, TransportError } from '@zdmkit/transport'
import { type ConsistencyName, DEFAULT_CONSISTENCY } from '../consistency.ts'
import { ClusterError } from '../errors.ts'
import { Lane } from './lane.ts'
import type { RawPage, RawStatement, RawValue } from './raw-statement.ts'
import { fromTransportError } from './transport-errors.ts'

const UNPREPARED = 0x2500
const UNLOGGED_BATCH: BatchType = 1
const CONNECTIONS_PER_NODE = 2

export interface RawRequestOptions {
  readonly consistency?: ConsistencyName
  /** Rows per page. */
  readonly pageSize?: number
  readonly pagingState?: Buffer
  /** Microseconds since 1970. Must not be given where the statement says USING TIMESTAMP itself. */
  readonly timestamp?: bigint
}

export interface RawSessionOptions {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly credentials?: Credentials | undefined
  /** Default 2. */
  readonly connectionsPerNode?: number
  /** Default LOCAL_QUORUM. */
  readonly consistency?: ConsistencyName
  /** Default 12,000: a little more than the servers' own longest time-out. */
  readonly requestTimeoutMs?: number
  /** Sent in STARTUP, where operators see it. */
  readonly applicationName?: string
}

/**
 * Requests whose cells stay bytes: nothing is decoded or encoded on the way. A few connections per node, each request on
 * the one with the fewest in flight; lost ones are opened again in the background. A request is sent once: asking again is
 * the caller's decision (`retrying`), with the one exception of UNPREPARED, which proves that nothing was done.
 */
export class RawSession implements AsyncDisposable {
  readonly #lanes: readonly Lane[]
  readonly #consistency: ConsistencyName
  readonly #statements = new Map<string, Promise<RawStatement>>()
  #isClosed = false

  private constructor(lanes: readonly Lane[], consistency: ConsistencyName) {
    this.#lanes = lanes
    this.#consistency = consistency
  }

  /**
   * Connects to every node; one that answers is enough.
   * @throws CLUSTER_NO_HOST, CLUSTER_AUTH_FAILED
   */
  static async open(options: RawSessionOptions): Promise<RawSession> {
    const perNode = options.connectionsPerNode ?? CONNECTIONS_PER_NODE
    const connectionOptions = {
      ...(options.credentials ? { credentials: options.credentials } : {}),
      ...(options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }),
      ...(options.applicationName === undefined
        ? {}
        : { startupOptions: { APPLICATION_NAME: options.applicationName } }),
    }
    // First one lane per node, so that connections of one number are spread over all nodes.
    const lanes = Array.from({ length: perNode }, () =>
      options.nodes.map((node) => new Lane(node, connectionOptions)),
    ).flat()
    const session = new RawSession(lanes, options.consistency ?? DEFAULT_CONSISTENCY)
    const outcomes = await Promise.allSettled(lanes.map((lane) => lane.open()))
    if (outcomes.some(({ status }) => status === 'fulfilled')) return session
    session.close()
    const names = options.nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
    const causes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    const error =
      causes.find((cause) => cause instanceof TransportError && cause.code === 'TRANSPORT_AUTH_FAILED') ?? causes[0]
    throw fromTransportError(error, `connecting to ${names || 'no node'}`)
  }

  /** Requests sent and not yet answered, on all connections. */
  get inFlight(): number {
    return this.#lanes.reduce((sum, { connection }) => sum + (connection?.inFlight ?? 0), 0)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Prepares a statement once per session; the same text gives the same statement. */
  prepare(cql: string): Promise<RawStatement> {
    const known = this.#statements.get(cql)
    if (known) return known
    const pending = this.#prepareFirst(cql)
    this.#statements.set(cql, pending)
    pending.catch(() => this.#statements.delete(cql))
    return pending
  }

  /** Runs a prepared statement and gives its first page, or the one `pagingState` stands for. */
  async execute(
    statement: RawStatement,
    values: readonly RawValue[],
    options: RawRequestOptions = {},
  ): Promise<RawPage> {
    const parameters: QueryParameters = {
      consistency: Consistency[options.consistency ?? this.#consistency],
      values: [...values],
      skipMetadata: true,
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
      ...(options.pagingState ? { pagingState: options.pagingState } : {}),
      ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    }
    const result = await this.#sendPrepared([statement], execute, (lane) => ({ id: lane.idOf(statement), parameters }))
    if (result.kind !== 'rows') return { rows: [], pagingState: null }
    return { rows: result.rows, pagingState: result.metadata.pagingState }
  }

  /** Every page of a statement, empty ones included; ends only where the server gives no further paging state. */
  async *pages(
    statement: RawStatement,
    values: readonly RawValue[],
    options: RawRequestOptions = {},
  ): AsyncGenerator<RawPage> {
    let pagingState = options.pagingState ?? null
    do {
      const page = await this.execute(statement, values, { ...options, ...(pagingState ? { pagingState } : {}) })
      pagingState = page.pagingState
      yield page
    } while (pagingState)
  }

  /** Sends statements as one UNLOGGED batch. */
  async batch(
    entries: readonly { readonly statement: RawStatement; readonly values: readonly RawValue[] }[],
    options: Pick<RawRequestOptions, 'consistency' | 'timestamp'> = {},
  ): Promise<void> {
    const consistency = Consistency[options.consistency ?? this.#consistency]
    const statements = [...new Set(entries.map(({ statement }) => statement))]
    await this.#sendPrepared(statements, batch, (lane) => ({
      type: UNLOGGED_BATCH,
      statements: entries.map(({ statement, values }) => ({ id: lane.idOf(statement), values: [...values] })),
      consistency,
      ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    }))
  }

  close(): void {
    this.#isClosed = true
    for (const lane of this.#lanes) lane.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #prepareFirst(cql: string): Promise<RawStatement> {
    const lane = this.#pick()
    const prepared = await this.#prepareOn(lane, cql)
    return { ...prepared, text: cql }
  }

  async #prepareOn(lane: Lane, cql: string): Promise<Omit<RawStatement, 'text'>> {
    const result = await this.#send(lane, prepare, { query: cql })
    if (result.kind !== 'prepared') {
      throw new ClusterError(
        'CLUSTER_BAD_RESULT',
        `${lane.host}:${lane.port} answered PREPARE with a ${result.kind} result`,
      )
    }
    return { id: result.id, variables: result.variables.columns, columns: result.metadata.columns ?? [] }
  }

  async #sendPrepared<T>(
    statements: readonly RawStatement[],
    codec: MessageCodec<T>,
    message: (lane: Lane) => T,
  ): Promise<Result> {
    const lane = this.#pick()
    try {
      return await this.#send(lane, codec, message(lane))
    } catch (error) {
      if (!isUnprepared(error)) throw error
    }
    for (const statement of statements) lane.learnId(statement, (await this.#prepareOn(lane, statement.text)).id)
    return this.#send(lane, codec, message(lane))
  }

  async #send<T>(lane: Lane, codec: MessageCodec<T>, message: T): Promise<Result> {
    const connection = lane.connection
    if (!connection) throw this.#noHost()
    try {
      const frame = await connection.request(codec, message)
      return decodeResult(frame, connection.version, `${lane.host}:${lane.port}`)
    } catch (error) {
      if (error instanceof TransportError && error.code === 'TRANSPORT_TIMEOUT') lane.suspect()
      throw fromTransportError(error, 'raw request')
    }
  }

  /** The open lane with the fewest requests in flight; one that timed out a moment ago only when there is no other. */
  #pick(): Lane {
    let best: Lane | null = null
    let fewest = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      if (!lane.connection) continue
      const load = lane.connection.inFlight + (lane.isSuspect ? 1_000_000 : 0)
      if (load < fewest) {
        fewest = load
        best = lane
      }
    }
    if (!best) throw this.#noHost()
    return best
  }

  #noHost(): ClusterError {
    if (this.#isClosed) return new ClusterError('CLUSTER_CLOSED', 'the raw session is closed')
    const names = [...new Set(this.#lanes.map(({ host, port }) => `${host}:${port}`))].join(', ')
    return new ClusterError('CLUSTER_NO_HOST', `no connection to ${names} is open; they are being opened again`)
  }
}

function isUnprepared(error: unknown): boolean {
  return error instanceof ClusterError && error.cause instanceof ServerError && error.cause.serverCode === UNPREPARED
}

import type { SupportedVirtualSelect, VirtualSelect, VirtualSelector } from '@zdmkit/cql'
import {
  type ColumnSpec,
  ErrorCode,
  encodeResponse,
  ProtocolError,
  type ProtocolVersion,
  QueryFlag,
  Reader,
  type RequestShape,
  type Result,
  result,
} from '@zdmkit/protocol'
import type { ClientConnection } from '../client/client-connection.ts'
import type { ClusterDescription, ControlConnection } from '../control/control-connection.ts'
import { errorFrame } from '../settle/error-frame.ts'
import { ORIGIN, otherSide, type PerSide, type Side } from '../side.ts'
import { literalBytes } from './literal-bytes.ts'
import { type VirtualNode, virtualCells } from './virtual-node.ts'

/** A prepared select of a virtual table. */
export interface VirtualStatement {
  readonly select: SupportedVirtualSelect
}

interface VirtualTable {
  readonly columns: readonly ColumnSpec[]
  readonly rows: readonly (readonly (Buffer | null)[])[]
}

/** A select that cannot be answered; told to the client as INVALID. */
class Refusal extends Error {
  override readonly name: string = 'Refusal'
}

type BoundValues = (name: string | null, index: number) => Buffer | null | undefined

/**
 * `system.local` and `system.peers` as drivers see them through the proxy: one node, which is the proxy, in a cluster that is
 * otherwise that of `system_queries_mode`. Columns and types are whatever that cluster has, so no list of them is kept here.
 */
export class VirtualTables {
  readonly #controls: PerSide<ControlConnection>
  /** The cluster that is shown, whatever the routing: a data center that changes makes drivers drop their nodes. */
  readonly #home: Side
  readonly #node: () => VirtualNode

  /** `node` is asked per query: the port is known only once the proxy listens. */
  constructor(controls: PerSide<ControlConnection>, node: () => VirtualNode, home: Side = ORIGIN) {
    this.#controls = controls
    this.#home = home
    this.#node = node
  }

  /** The answer to a simple statement. */
  query(select: VirtualSelect, client: ClientConnection, stream: number, buffer: Buffer, shape: RequestShape): Buffer {
    return this.#answer(client, stream, () => this.#rows(supportedSelect(select), boundValues(buffer, shape)))
  }

  /** The answer to PREPARE; the statement is kept under the proxy's id. */
  prepare(
    select: VirtualSelect,
    text: string,
    keyspace: string | null,
    client: ClientConnection,
    stream: number,
  ): Buffer {
    return this.#answer(client, stream, () => {
      const supported = supportedSelect(select)
      const table = this.#table(supported.table)
      const columns = selectedColumns(supported, table)
      const variables = supported.where
        .filter(({ value }) => value.kind === 'marker')
        .map(({ column, value }) => ({
          ...columnOf(table, column),
          name: (value.kind === 'marker' && value.name) || column,
        }))
      const entry = client.context.prepared.obtain(text, keyspace, { select: supported })
      return {
        kind: 'prepared',
        id: entry.id,
        variables: { pkIndices: [], columns: variables },
        metadata: { columnCount: columns.length, pagingState: null, columns: columns.map(({ spec }) => spec) },
      }
    })
  }

  execute(
    statement: VirtualStatement,
    client: ClientConnection,
    stream: number,
    buffer: Buffer,
    shape: RequestShape,
  ): Buffer {
    return this.#answer(client, stream, () => this.#rows(statement.select, boundValues(buffer, shape)))
  }

  #answer(client: ClientConnection, stream: number, make: () => Result): Buffer {
    const version = client.version as ProtocolVersion
    try {
      return encodeResponse(result, make(), { version, stream })
    } catch (cause) {
      if (cause instanceof ProtocolError && cause.code === 'PROTOCOL_BAD_LENGTH') {
        return errorFrame(version, stream, ErrorCode.INVALID, 'a name in the statement is too long')
      }
      if (!(cause instanceof Refusal)) throw cause
      return errorFrame(version, stream, ErrorCode.INVALID, cause.message)
    }
  }

  #rows(select: SupportedVirtualSelect, values: BoundValues): Result {
    const table = this.#table(select.table)
    const columns = selectedColumns(select, table)
    let rows = filteredRows(select, table, values)
    if (select.limit !== null) rows = rows.slice(0, select.limit)
    const isCount = columns.some(({ index }) => index === COUNT)
    const shown = isCount ? rows.slice(0, 1) : rows
    const count = Buffer.alloc(8)
    count.writeBigInt64BE(BigInt(rows.length))
    const cells = (isCount && shown.length === 0 ? [[]] : shown).map((row) =>
      columns.map(({ index }) => (index === COUNT ? count : (row[index] ?? null))),
    )
    return {
      kind: 'rows',
      metadata: { columnCount: columns.length, pagingState: null, columns: columns.map(({ spec }) => spec) },
      rows: cells,
    }
  }

  #table(name: 'local' | 'peers' | 'peers_v2'): VirtualTable {
    // As on a server without it: every driver then asks system.peers.
    if (name === 'peers_v2') throw new Refusal('unconfigured table peers_v2')
    const description = this.#description()
    const real = name === 'local' ? description.local : description.peers
    const columns = real.metadata.columns ?? []
    if (name === 'peers') return { columns, rows: [] }
    const cells = virtualCells(this.#node())
    const row = real.rows[0] ?? []
    return {
      columns,
      rows: [
        columns.map(({ name: column }, i) => (cells.has(column) ? (cells.get(column) ?? null) : (row[i] ?? null))),
      ],
    }
  }

  #description(): ClusterDescription {
    const description = this.#controls[this.#home].description ?? this.#controls[otherSide(this.#home)].description
    if (!description) throw new Refusal('the proxy has not reached a cluster yet')
    return description
  }
}

const COUNT = -1

interface SelectedColumn {
  readonly spec: ColumnSpec
  /** Place in the table's columns, or COUNT. */
  readonly index: number
}

function supportedSelect(select: VirtualSelect): SupportedVirtualSelect {
  if ('unsupported' in select) {
    throw new Refusal(
      `${select.unsupported} is not supported on system.${select.table} through the proxy; select its columns by name`,
    )
  }
  return select
}

function selectedColumns(select: SupportedVirtualSelect, table: VirtualTable): SelectedColumn[] {
  if (select.selectors === '*') return table.columns.map((spec, index) => ({ spec, index }))
  return select.selectors.map((selector: VirtualSelector) => {
    if (selector.kind === 'count') {
      const name = selector.alias ?? 'count'
      return { spec: { keyspace: 'system', table: select.table, name, type: { kind: 'bigint' } }, index: COUNT }
    }
    const spec = columnOf(table, selector.name)
    return { spec: { ...spec, name: selector.alias ?? spec.name }, index: table.columns.indexOf(spec) }
  })
}

function columnOf(table: VirtualTable, name: string): ColumnSpec {
  const spec = table.columns.find((column) => column.name === name)
  if (!spec) throw new Refusal(`Undefined column name ${name}`)
  return spec
}

function filteredRows(
  select: SupportedVirtualSelect,
  table: VirtualTable,
  values: BoundValues,
): readonly (readonly (Buffer | null)[])[] {
  let marker = 0
  const conditions = select.where.map(({ column, value }) => {
    const spec = columnOf(table, column)
    const wanted =
      value.kind === 'marker' ? values(value.name ?? column, marker++) : literalBytes(spec.type, value.text)
    if (wanted === undefined || wanted === null) throw new Refusal(`no usable value for column ${column}`)
    return { index: table.columns.indexOf(spec), wanted }
  })
  return table.rows.filter((row) => conditions.every(({ index, wanted }) => row[index]?.equals(wanted) ?? false))
}

/** The request's values by place or, where it names them, by name. */
function boundValues(buffer: Buffer, shape: RequestShape): BoundValues {
  if (shape.valuesStart < 0) return () => undefined
  const reader = new Reader(buffer, shape.valuesStart, shape.valuesEnd)
  const hasNames = (shape.flags & QueryFlag.NAMES) !== 0
  const values: { name: string | null; value: Buffer | null | undefined }[] = []
  for (let i = 0; i < shape.valueCount; i++) {
    const name = hasNames ? reader.string() : null
    values.push({ name, value: reader.value() })
  }
  return (name, index) => (hasNames ? values.find((bound) => bound.name === name) : values[index])?.value
}

import { ProtocolError } from '../errors.ts'
import type { Consistency } from '../primitive/consistency.ts'
import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import { ProtocolVersion } from '../version.ts'

/** A bound value: null, or undefined for "not set", which v4 has and v3 has not. */
export type BoundValue = Buffer | null | undefined

/** What QUERY and EXECUTE say besides the statement (native protocol v4, section 4.1.4). */
export interface QueryParameters {
  consistency: Consistency
  values?: BoundValue[]
  /** One name per value, when they are bound by name. */
  names?: string[]
  /** The answer need not describe its columns. */
  skipMetadata?: boolean
  /** Rows per page. */
  pageSize?: number
  /** As the server gave it with the page before. */
  pagingState?: Buffer
  /** SERIAL or LOCAL_SERIAL, for conditional statements. */
  serialConsistency?: Consistency
  /** Microseconds since 1970; what a statement without USING TIMESTAMP writes at. */
  timestamp?: bigint
}

const VALUES = 0x01
const SKIP_METADATA = 0x02
const PAGE_SIZE = 0x04
const PAGING_STATE = 0x08
const SERIAL_CONSISTENCY = 0x10
const TIMESTAMP = 0x20
const NAMES = 0x40
const DEFINED = 0x7f

// <consistency><flags byte>[<n short>([<name_i string>]<value_i>)...][<page_size int>][<paging_state bytes>]
//   [<serial_consistency>][<timestamp long>]
export function writeQueryParameters(writer: Writer, parameters: QueryParameters, version: ProtocolVersion): void {
  const { values, names, pageSize, pagingState, serialConsistency, timestamp } = parameters
  if (names !== undefined && names.length !== values?.length) {
    throw new ProtocolError('PROTOCOL_BAD_VALUE', `${names.length} names for ${values?.length ?? 'no'} bound values`)
  }
  let flags = 0
  if (values !== undefined) flags |= VALUES
  if (names !== undefined) flags |= NAMES
  if (parameters.skipMetadata === true) flags |= SKIP_METADATA
  if (pageSize !== undefined) flags |= PAGE_SIZE
  if (pagingState !== undefined) flags |= PAGING_STATE
  if (serialConsistency !== undefined) flags |= SERIAL_CONSISTENCY
  if (timestamp !== undefined) flags |= TIMESTAMP

  writer.consistency(parameters.consistency)
  writer.byte(flags)
  if (values !== undefined) writeValues(writer, values, names, version)
  if (pageSize !== undefined) writer.int(pageSize)
  if (pagingState !== undefined) writer.bytes(pagingState)
  if (serialConsistency !== undefined) writer.consistency(serialConsistency)
  if (timestamp !== undefined) writer.long(timestamp)
}

export function readQueryParameters(reader: Reader, version: ProtocolVersion): QueryParameters {
  const parameters: QueryParameters = { consistency: reader.consistency() }
  const flags = reader.byte()
  if (flags & ~DEFINED) throw reader.badValue(`query flags 0x${flags.toString(16)} are not defined in v${version}`)
  if (flags & VALUES) {
    if (flags & NAMES) parameters.names = []
    parameters.values = readValues(reader, version, parameters.names)
  } else if (flags & NAMES) {
    throw reader.badValue('query flags announce names and no values')
  }
  if (flags & SKIP_METADATA) parameters.skipMetadata = true
  if (flags & PAGE_SIZE) parameters.pageSize = reader.int()
  if (flags & PAGING_STATE) {
    // Servers take a null state for the first page, which is what its absence says.
    const pagingState = reader.bytes()
    if (pagingState !== null) parameters.pagingState = pagingState
  }
  if (flags & SERIAL_CONSISTENCY) parameters.serialConsistency = reader.consistency()
  if (flags & TIMESTAMP) parameters.timestamp = reader.long()
  return parameters
}

// <n short>([<name_i string>]<value_i>)...     <value_i> is [bytes] in v3
export function writeValues(
  writer: Writer,
  values: readonly BoundValue[],
  names: readonly string[] | undefined,
  version: ProtocolVersion,
): void {
  writer.count(values.length, 'list of bound values')
  for (const [i, value] of values.entries()) {
    if (names !== undefined) writer.string(names[i] ?? '')
    if (value === undefined && version < ProtocolVersion.V4) {
      throw new ProtocolError('PROTOCOL_BAD_VALUE', `bound value ${i} is not set, which needs protocol v4`)
    }
    writer.value(value)
  }
}

/** Reads the values, and their names into `names` when that is given. */
export function readValues(reader: Reader, version: ProtocolVersion, names?: string[]): BoundValue[] {
  const count = reader.shortCount(names === undefined ? 4 : 6, 'bound values')
  const values: BoundValue[] = []
  for (let i = 0; i < count; i++) {
    names?.push(reader.string())
    values.push(version < ProtocolVersion.V4 ? reader.bytes() : reader.value())
  }
  return values
}

// Cells of scripted rows: values as a test writes them, to the bytes of their CQL type.

import type { ColumnSpec, DataType, SimpleTypeKind } from '@zdmkit/protocol'

/**
 * A value of a cell. Bytes are taken as they are, whatever the type; else text for texts, uuid and inet, a number or
 * bigint for numbers and timestamps (ms), an array for list, set and tuple, a Map for map.
 */
export type CellValue =
  | Uint8Array
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly CellValue[]
  | ReadonlyMap<CellValue, CellValue>

/** A column as `name type`, such as `tags set<text>`, or in full. */
export type ColumnInput = string | ColumnSpec

/** The columns of a table in full. */
export function columnSpecs(columns: readonly ColumnInput[], keyspace: string, table: string): ColumnSpec[] {
  return columns.map((column) => {
    if (typeof column !== 'string') return column
    const [, name = column, type = 'blob'] = /^\s*(\S+)\s+(.+)$/.exec(column) ?? []
    return { keyspace, table, name, type: parseType(type) }
  })
}

/** The data type of CQL text such as `map<text, frozen<list<int>>>`; user-defined types are not known here. */
export function parseType(text: string): DataType {
  const trimmed = text.trim().toLowerCase()
  const [, outer = '', inner = ''] = /^(\w+)\s*<(.*)>$/s.exec(trimmed) ?? []
  const parts = splitTop(inner).map(parseType)
  const [first, second] = parts
  if (outer === 'frozen' && first) return first
  if ((outer === 'list' || outer === 'set') && first) return { kind: outer, element: first }
  if (outer === 'map' && first && second) return { kind: 'map', key: first, value: second }
  if (outer === 'tuple') return { kind: 'tuple', elements: parts }
  // Servers send text as varchar.
  const kind = trimmed === 'text' ? 'varchar' : trimmed
  if (!SIMPLE_KINDS.has(kind)) throw new TypeError(`no CQL type that a scripted row can have: ${text}`)
  return { kind: kind as SimpleTypeKind }
}

/** A cell's bytes, or null. */
export function encodeCell(value: CellValue, type: DataType): Buffer | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (value instanceof Map) return encodeMap(value, type)
  if (Array.isArray(value)) return encodeList(value, type)
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0])
  if (typeof value === 'string') return encodeText(value, type.kind)
  return encodeNumber(value as number | bigint, type.kind)
}

function encodeText(value: string, kind: DataType['kind']): Buffer {
  if (kind === 'uuid' || kind === 'timeuuid') return Buffer.from(value.replaceAll('-', ''), 'hex')
  if (kind === 'inet' && !value.includes(':')) return Buffer.from(value.split('.').map(Number))
  if (kind === 'blob') return Buffer.from(value.replace(/^0x/, ''), 'hex')
  if (TEXT_KINDS.has(kind)) return Buffer.from(value)
  throw unfit('a text', kind)
}

function encodeNumber(value: number | bigint, kind: DataType['kind']): Buffer {
  const bytes = NUMBER_BYTES[kind]
  if (bytes === undefined) throw unfit('a number', kind)
  const buffer = Buffer.alloc(bytes)
  if (kind === 'double') buffer.writeDoubleBE(Number(value))
  else if (kind === 'float') buffer.writeFloatBE(Number(value))
  else if (bytes === 8) buffer.writeBigInt64BE(BigInt(value))
  else if (kind === 'date') buffer.writeUInt32BE(Number(value))
  else buffer.writeIntBE(Number(value), 0, bytes)
  return buffer
}

// v3 and v4: <n int> and n times <element bytes>; a tuple has no count.
function encodeList(values: readonly CellValue[], type: DataType): Buffer {
  if (type.kind === 'tuple') {
    return Buffer.concat(values.map((value, index) => withLength(value, type.elements[index] ?? { kind: 'blob' })))
  }
  if (type.kind !== 'list' && type.kind !== 'set') throw unfit('an array', type.kind)
  return Buffer.concat([int(values.length), ...values.map((value) => withLength(value, type.element))])
}

// v3 and v4: <n int> and n times <key bytes><value bytes>.
function encodeMap(values: ReadonlyMap<CellValue, CellValue>, type: DataType): Buffer {
  if (type.kind !== 'map') throw unfit('a Map', type.kind)
  const entries = [...values].flatMap(([key, value]) => [withLength(key, type.key), withLength(value, type.value)])
  return Buffer.concat([int(values.size), ...entries])
}

function withLength(value: CellValue, type: DataType): Buffer {
  const bytes = encodeCell(value, type)
  return bytes === null ? int(-1) : Buffer.concat([int(bytes.length), bytes])
}

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

/** Cuts at the commas that are in no angle bracket. */
function splitTop(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (const [index, character] of [...text].entries()) {
    if (character === '<') depth += 1
    else if (character === '>') depth -= 1
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return text.trim() === '' ? [] : [...parts, text.slice(start)]
}

function unfit(what: string, kind: string): TypeError {
  return new TypeError(`a scripted cell of type ${kind} cannot be ${what}: give its bytes`)
}

const TEXT_KINDS: ReadonlySet<string> = new Set(['ascii', 'text', 'varchar'])

const NUMBER_BYTES: Readonly<Record<string, number>> = {
  tinyint: 1,
  smallint: 2,
  int: 4,
  date: 4,
  float: 4,
  double: 8,
  bigint: 8,
  counter: 8,
  time: 8,
  timestamp: 8,
}

const SIMPLE_KINDS: ReadonlySet<string> = new Set([
  ...TEXT_KINDS,
  ...Object.keys(NUMBER_BYTES),
  ...['blob', 'boolean', 'decimal', 'inet', 'timeuuid', 'uuid', 'varint'],
])

import { ProtocolError } from '../errors.ts'
import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import { ProtocolVersion } from '../version.ts'

/** Types without parameters. `text` is a name of the oldest versions that some servers still use; it is `varchar`. */
export type SimpleTypeKind =
  | 'ascii'
  | 'bigint'
  | 'blob'
  | 'boolean'
  | 'counter'
  | 'decimal'
  | 'double'
  | 'float'
  | 'int'
  | 'text'
  | 'timestamp'
  | 'uuid'
  | 'varchar'
  | 'varint'
  | 'timeuuid'
  | 'inet'
  | 'date'
  | 'time'
  | 'smallint'
  | 'tinyint'

/** The type of a column or a bound value (native protocol v4, section 4.2.5.2). */
export type DataType =
  | { kind: SimpleTypeKind }
  | { kind: 'custom'; className: string }
  | { kind: 'list'; element: DataType }
  | { kind: 'set'; element: DataType }
  | { kind: 'map'; key: DataType; value: DataType }
  | { kind: 'udt'; keyspace: string; name: string; fields: { name: string; type: DataType }[] }
  | { kind: 'tuple'; elements: DataType[] }

const CUSTOM = 0x00
const LIST = 0x20
const MAP = 0x21
const SET = 0x22
const UDT = 0x30
const TUPLE = 0x31

/** Deeper nesting than any schema has; what keeps crafted bytes from exhausting the stack. */
const DEPTH_MAX = 64

// <id short>[<parameters>]
//   custom: <class name string>     list, set: <element>     map: <key><value>
//   udt: <keyspace string><name string><n short>(<field name string><field type>)...     tuple: <n short><type_1>...<type_n>
export function writeDataType(writer: Writer, type: DataType, version: ProtocolVersion, depth: number = 0): void {
  if (depth > DEPTH_MAX) throw new ProtocolError('PROTOCOL_BAD_VALUE', `a type is nested more than ${DEPTH_MAX} deep`)
  if (isSimple(type)) {
    writer.short(simpleTypeId(type.kind, version))
    return
  }
  switch (type.kind) {
    case 'custom':
      writer.short(CUSTOM)
      writer.string(type.className)
      return
    case 'list':
    case 'set':
      writer.short(type.kind === 'list' ? LIST : SET)
      writeDataType(writer, type.element, version, depth + 1)
      return
    case 'map':
      writer.short(MAP)
      writeDataType(writer, type.key, version, depth + 1)
      writeDataType(writer, type.value, version, depth + 1)
      return
    case 'udt':
      writer.short(UDT)
      writer.string(type.keyspace)
      writer.string(type.name)
      writer.count(type.fields.length, 'list of fields')
      for (const field of type.fields) {
        writer.string(field.name)
        writeDataType(writer, field.type, version, depth + 1)
      }
      return
    case 'tuple':
      writer.short(TUPLE)
      writer.count(type.elements.length, 'list of elements')
      for (const element of type.elements) writeDataType(writer, element, version, depth + 1)
  }
}

export function readDataType(reader: Reader, version: ProtocolVersion, depth: number = 0): DataType {
  if (depth > DEPTH_MAX) throw reader.badValue(`a type is nested more than ${DEPTH_MAX} deep`)
  const id = reader.short()
  switch (id) {
    case CUSTOM:
      return { kind: 'custom', className: reader.string() }
    case LIST:
      return { kind: 'list', element: readDataType(reader, version, depth + 1) }
    case SET:
      return { kind: 'set', element: readDataType(reader, version, depth + 1) }
    case MAP:
      return {
        kind: 'map',
        key: readDataType(reader, version, depth + 1),
        value: readDataType(reader, version, depth + 1),
      }
    case UDT: {
      const keyspace = reader.string()
      const name = reader.string()
      const count = reader.shortCount(4, 'fields')
      const fields: { name: string; type: DataType }[] = []
      for (let i = 0; i < count; i++)
        fields.push({ name: reader.string(), type: readDataType(reader, version, depth + 1) })
      return { kind: 'udt', keyspace, name, fields }
    }
    case TUPLE: {
      const count = reader.shortCount(2, 'elements')
      const elements: DataType[] = []
      for (let i = 0; i < count; i++) elements.push(readDataType(reader, version, depth + 1))
      return { kind: 'tuple', elements }
    }
    default: {
      const kind = simpleKinds.get(id)
      if (kind === undefined || since(kind) > version) {
        throw reader.badValue(`type 0x${id.toString(16).padStart(4, '0')} is not defined in v${version}`)
      }
      return { kind }
    }
  }
}

function isSimple(type: DataType): type is { kind: SimpleTypeKind } {
  return Object.hasOwn(simpleIds, type.kind)
}

function simpleTypeId(kind: SimpleTypeKind, version: ProtocolVersion): number {
  if (since(kind) > version) throw new ProtocolError('PROTOCOL_BAD_VALUE', `type ${kind} is not defined in v${version}`)
  return simpleIds[kind]
}

function since(kind: SimpleTypeKind): ProtocolVersion {
  return simpleIds[kind] >= simpleIds.date ? ProtocolVersion.V4 : ProtocolVersion.V3
}

const simpleIds: Record<SimpleTypeKind, number> = {
  ascii: 0x01,
  bigint: 0x02,
  blob: 0x03,
  boolean: 0x04,
  counter: 0x05,
  decimal: 0x06,
  double: 0x07,
  float: 0x08,
  int: 0x09,
  text: 0x0a,
  timestamp: 0x0b,
  uuid: 0x0c,
  varchar: 0x0d,
  varint: 0x0e,
  timeuuid: 0x0f,
  inet: 0x10,
  date: 0x11,
  time: 0x12,
  smallint: 0x13,
  tinyint: 0x14,
}

const simpleKinds = new Map<number, SimpleTypeKind>(
  Object.entries(simpleIds).map(([kind, id]) => [id, kind as SimpleTypeKind]),
)

import { ProtocolError } from '../errors.ts'
import type { Reader } from '../primitive/reader.ts'
import type { Writer } from '../primitive/writer.ts'
import { ProtocolVersion } from '../version.ts'

/** What a schema change changed, the same in EVENT and in RESULT (native protocol v4, section 4.2.6). */
export type SchemaChange = KeyspaceChange | NamedChange | FunctionChange

export interface KeyspaceChange {
  /** `CREATED`, `UPDATED`, `DROPPED`. */
  changeType: string
  target: 'KEYSPACE'
  keyspace: string
}

/** Of a table, a view (which goes as a table) or a user-defined type. */
export interface NamedChange {
  /** `CREATED`, `UPDATED`, `DROPPED`. */
  changeType: string
  target: 'TABLE' | 'TYPE'
  keyspace: string
  name: string
}

/** Of a user-defined function or aggregate; v4 only. */
export interface FunctionChange {
  /** `CREATED`, `UPDATED`, `DROPPED`. */
  changeType: string
  target: 'FUNCTION' | 'AGGREGATE'
  keyspace: string
  name: string
  /** As CQL types. */
  argumentTypes: string[]
}

// <change_type string><target string><keyspace string>[<name string>][<argument types string list>]
//   <name> for all targets but KEYSPACE, <argument types> for FUNCTION and AGGREGATE
export function writeSchemaChange(writer: Writer, change: SchemaChange, version: ProtocolVersion): void {
  writer.string(change.changeType)
  writer.string(change.target)
  writer.string(change.keyspace)
  switch (change.target) {
    case 'KEYSPACE':
      return
    case 'TABLE':
    case 'TYPE':
      writer.string(change.name)
      return
    case 'FUNCTION':
    case 'AGGREGATE':
      if (version < ProtocolVersion.V4) {
        throw new ProtocolError('PROTOCOL_BAD_VALUE', `a schema change of target ${change.target} needs protocol v4`)
      }
      writer.string(change.name)
      writer.stringList(change.argumentTypes)
  }
}

export function readSchemaChange(reader: Reader, version: ProtocolVersion): SchemaChange {
  const changeType = reader.string()
  const target = reader.string()
  if (target === 'KEYSPACE') return { changeType, target, keyspace: reader.string() }
  if (target === 'TABLE' || target === 'TYPE') {
    return { changeType, target, keyspace: reader.string(), name: reader.string() }
  }
  if (version >= ProtocolVersion.V4 && (target === 'FUNCTION' || target === 'AGGREGATE')) {
    return {
      changeType,
      target,
      keyspace: reader.string(),
      name: reader.string(),
      argumentTypes: reader.stringList(),
    }
  }
  throw reader.badValue(`schema change target of ${target.length} characters is not defined in v${version}`)
}

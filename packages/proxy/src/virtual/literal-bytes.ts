import { isIP } from 'node:net'
import type { DataType } from '@zdmkit/protocol'
import { inetBytes } from './virtual-node.ts'

/** A literal's cell for the few types that key the virtual tables, or `null` when it is none of that type. */
export function literalBytes(type: DataType, text: string): Buffer | null {
  const kind: string = type.kind
  switch (kind) {
    case 'text':
    case 'varchar':
    case 'ascii':
      return Buffer.from(text)
    case 'inet':
      return isIP(text) === 0 ? null : inetBytes(text)
    case 'uuid':
    case 'timeuuid': {
      const digits = text.replaceAll('-', '')
      return /^[0-9a-f]{32}$/i.test(digits) ? Buffer.from(digits, 'hex') : null
    }
    case 'int': {
      const value = Number(text)
      if (!/^-?\d{1,10}$/.test(text) || (value | 0) !== value) return null
      const bytes = Buffer.alloc(4)
      bytes.writeInt32BE(value)
      return bytes
    }
    default:
      return null
  }
}

import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** The one node that a driver sees, in the raw bytes of its columns. */
export interface VirtualNode {
  readonly address: Buffer
  readonly port: number
  readonly hostId: Buffer
  readonly tokens: readonly bigint[]
}

/** Cells that the proxy gives in place of the cluster's own; a column that the cluster lacks is left out. */
export function virtualCells(node: VirtualNode): ReadonlyMap<string, Buffer | null> {
  const port = int(node.port)
  return new Map<string, Buffer | null>([
    ['rpc_address', node.address],
    ['broadcast_address', node.address],
    ['listen_address', node.address],
    ['native_transport_address', node.address],
    ['rpc_port', port],
    ['broadcast_port', port],
    ['listen_port', port],
    ['native_transport_port', port],
    ['native_transport_port_ssl', port],
    ['host_id', node.hostId],
    ['rack', Buffer.from('rack0')],
    ['partitioner', Buffer.from('org.apache.cassandra.dht.Murmur3Partitioner')],
    ['tokens', textSet(node.tokens.map(String))],
    ['truncated_at', null],
  ])
}

/**
 * Node `index` of `count` at this address. Host id and tokens follow ZDM Proxy's formulas, so that both can serve side by side:
 * the SHA-1 name UUID of the raw address in the nil namespace, and tokens spread evenly over all instances.
 */
export function virtualNode(
  address: string,
  port: number,
  index: number,
  count: number,
  tokenCount: number,
): VirtualNode {
  const raw = inetBytes(address)
  const step = (1n << 64n) / BigInt(tokenCount * count)
  const tokens = Array.from({ length: tokenCount }, (_, t) => step * BigInt(t * count + index) - (1n << 63n))
  return { address: raw, port, hostId: nameUuid(raw), tokens }
}

/** `address` as an `inet` cell. */
export function inetBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const first = groups(head)
  const last = groups(tail)
  const zeros = address.includes('::') ? 8 - first.length - last.length : 0
  const bytes = Buffer.alloc(16)
  for (const [i, group] of [...first, ...new Array<number>(Math.max(0, zeros)).fill(0), ...last].entries()) {
    bytes.writeUInt16BE(group & 0xffff, i * 2)
  }
  return bytes
}

/** Version 5 UUID (RFC 4122, section 4.3) of these bytes in the nil namespace. */
function nameUuid(data: Buffer): Buffer {
  const uuid = createHash('sha1').update(Buffer.alloc(16)).update(data).digest().subarray(0, 16)
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x50
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80
  return uuid
}

function textSet(texts: readonly string[]): Buffer {
  return Buffer.concat([
    int(texts.length),
    ...texts.flatMap((text) => [int(Buffer.byteLength(text)), Buffer.from(text)]),
  ])
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

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

/** Where a virtual node stands among the instances of the proxy. */
export interface VirtualNodePlace {
  readonly address: string
  /** The address is one of `proxy_topology_addresses`, not the listener's own. */
  readonly isListed: boolean
  readonly port: number
  readonly index: number
  readonly count: number
  readonly tokenCount: number
}

/**
 * Node `index` of `count`. Host id and tokens follow ZDM Proxy's formulas, so that both can serve side by side: the SHA-1 name
 * UUID of the raw address (16 bytes of a listed one, even of IPv4) in the nil namespace, and tokens spread evenly over all
 * instances.
 */
export function virtualNode({ address, isListed, port, index, count, tokenCount }: VirtualNodePlace): VirtualNode {
  const raw = inetBytes(address)
  const step = (1n << 64n) / BigInt(tokenCount * count)
  const tokens = Array.from({ length: tokenCount }, (_, t) => step * BigInt(t * count + index) - (1n << 63n))
  const named = isListed && raw.length === 4 ? Buffer.concat([IPV4_MAPPED, raw]) : raw
  return { address: raw, port, hostId: nameUuid(named), tokens }
}

/** What stands before the four bytes of an IPv4 address in its 16-byte form (RFC 4291, section 2.5.5.2). */
const IPV4_MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/** `address` as an `inet` cell. */
export function inetBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  // The last group may be an IPv4 address, which stands for two.
  const groups = (part: string): number[] =>
    part.split(':').flatMap((group) => {
      if (group === '') return []
      if (!isIPv4(group)) return [Number.parseInt(group, 16)]
      const bytes = inetBytes(group)
      return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
    })
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

import { ProtocolError } from '../errors.ts'

/** An address with its port, as [inet] carries it. */
export interface Inet {
  /** `127.0.0.1`, or IPv6 in the short form of RFC 5952. */
  address: string
  port: number
}

/** The text of a 4- or 16-byte address. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number))
  const gap = longestZeroRun(groups)
  if (gap === null) return hexGroups(groups)
  return `${hexGroups(groups.slice(0, gap.start))}::${hexGroups(groups.slice(gap.end))}`
}

/**
 * The 4 or 16 bytes of an address.
 * @throws PROTOCOL_BAD_VALUE when the text is no address (host names and zone ids are not).
 */
export function parseAddress(text: string): Uint8Array {
  const bytes = text.includes(':') ? parseV6(text) : parseV4(text)
  if (bytes === null) throw new ProtocolError('PROTOCOL_BAD_VALUE', `"${text}" is not an IPv4 or IPv6 address`)
  return bytes
}

function hexGroups(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}

/** The first of the longest runs of two or more zero groups, which RFC 5952 writes as `::`. */
function longestZeroRun(groups: number[]): { start: number; end: number } | null {
  let best: { start: number; end: number } | null = null
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start >= 2 && (best === null || end - start > best.end - best.start)) best = { start, end }
    if (end > start) start = end - 1
  }
  return best
}

function parseV4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return null
  return Uint8Array.from(parts, Number)
}

function parseV6(text: string): Uint8Array | null {
  const [first, second, third] = text.split('::')
  if (first === undefined || third !== undefined) return null
  // An IPv4 address may only stand at the very end.
  const head = parseGroups(first, second === undefined)
  const tail = second === undefined ? [] : parseGroups(second, true)
  if (head === null || tail === null) return null
  const missing = 16 - head.length - tail.length
  if (second === undefined ? missing !== 0 : missing < 2) return null
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail])
}

/** The bytes of `a:b:c`, the last group of which may be an IPv4 address when `mayEndInV4`. */
function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === '') return []
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [i, group] of groups.entries()) {
    const v4 = mayEndInV4 && i === groups.length - 1 ? parseV4(group) : null
    if (v4 !== null) {
      bytes.push(...v4)
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else {
      return null
    }
  }
  return bytes
}

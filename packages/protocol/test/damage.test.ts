import { isDeepStrictEqual } from 'node:util'
import {
  batch,
  decodeHeader,
  error,
  event,
  HEADER_BYTES,
  type MessageCodec,
  query,
  result,
  startup,
  supported,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { allGoldens } from './golden/all.ts'
import { codeOf } from './support/code-of.ts'
import { ascii, hex } from './support/hex.ts'
import { seededRandom } from './support/random.ts'

const ROUNDS = 300
const SEED = 20_240_607

/** Bytes that lengths, counts and flags break on. */
const edges = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

describe('a damaged golden frame', () => {
  for (const [i, golden] of allGoldens.entries()) {
    const body = golden.frame.subarray(HEADER_BYTES)

    it(`is a value or a ProtocolError: ${golden.title}`, () => {
      const random = seededRandom(SEED + i)
      const changed: string[] = []
      for (let round = 0; round < ROUNDS && body.length > 0; round++) {
        const damaged = damage(body, random)
        // codeOf passes on whatever is not a ProtocolError, which fails the test.
        if (codeOf(() => golden.decode(damaged)) !== null) continue
        // What was taken for a message is one: its own bytes say the same.
        const recoded = golden.recode(damaged).subarray(HEADER_BYTES)
        if (!isDeepStrictEqual(golden.decode(recoded), golden.decode(damaged))) changed.push(damaged.toString('hex'))
      }
      expect(changed).toStrictEqual([])
    })
  }

  it('is a header or a ProtocolError', () => {
    const random = seededRandom(SEED)
    const codes = new Set<string | null>()
    for (const { frame } of allGoldens) {
      for (let round = 0; round < ROUNDS; round++) {
        codes.add(codeOf(() => decodeHeader(damage(frame.subarray(0, HEADER_BYTES), random))))
      }
    }
    expect(codes).toStrictEqual(new Set([null, 'PROTOCOL_FRAME_TOO_LARGE']))
  })
})

describe('a count or length beyond the body', () => {
  const rows = (count: string): Buffer =>
    hex(
      '00000002', // Rows
      '00000004', // flags: no metadata
      '00000001', // one column
      count, // rows
      'ffffffff', // one null
    )
  const crafted: [title: string, codec: Pick<MessageCodec<unknown>, 'decode'>, body: Buffer][] = [
    ['rows', result, rows('7fffffff')],
    ['rows that overflow 32 bits with their cells', result, hex('00000002 00000004 40000000 7fffffff')],
    ['columns', result, hex('00000002 00000000 7fffffff', '00000000 00000000')],
    ['columns of a global table', result, hex('00000002 00000001 7fffffff', '0000 0000 00000000')],
    ['bound variables', result, hex('00000004 0000 00000000 7fffffff 00000000', '00000000')],
    ['partition key indices', result, hex('00000004 0000 00000000 00000001 7fffffff', '00000000')],
    [
      'fields of a user-defined type',
      result,
      hex('00000002 00000000 00000001 0000 0000 0000 0030 0000 0000 ffff 0000'),
    ],
    ['elements of a tuple', result, hex('00000002 00000000 00000001 0000 0000 0000 0031 ffff 0000')],
    ['paging state', result, hex('00000002 00000002 00000001 7fffffff', '00000000')],
    ['text', query, hex('7fffffff', ascii('SELECT'))],
    ['bound values', query, hex('00000000 0001 01 ffff', '00000000')],
    ['named bound values', query, hex('00000000 0001 41 ffff', '0000 00000000')],
    ['one bound value', query, hex('00000000 0001 01 0001 7fffffff', '00000000')],
    ['statements', batch, hex('00 ffff', '00 00000000 0000')],
    ['options', startup, hex('ffff', '0000 0000')],
    ['choices of an option', supported, hex('0001 0000 ffff', '0000')],
    ['argument types', error, hex('00001400 0000 0000 0000 ffff', '0000')],
    ['event type', event, hex('ffff', ascii('STATUS_CHANGE'))],
  ]

  for (const [title, codec, body] of crafted) {
    it(`is refused before anything is allocated for it: ${title}`, () => {
      const before = process.memoryUsage()
      expect(codeOf(() => codec.decode(body, 4))).toBe('PROTOCOL_BODY_TRUNCATED')
      const after = process.memoryUsage()
      // Whoever trusts a 32-bit number takes gigabytes; the rest is room for the garbage of the test itself.
      expect(after.heapUsed - before.heapUsed).toBeLessThan(2 ** 23)
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 23)
    })
  }
})

/** A copy with one to four bytes changed: a bit flipped, or an edge put in. */
function damage(bytes: Buffer, random: (bound: number) => number): Buffer {
  const damaged = Buffer.from(bytes)
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(damaged.length)
    const edge = edges[random(edges.length)] as number
    damaged[at] = random(2) === 0 ? (damaged[at] as number) ^ (1 << random(8)) : edge
  }
  return damaged
}

import { isDeepStrictEqual } from 'node:util'
import { GCProfiler } from 'node:v8'
import {
  type Batch,
  batch,
  type Execute,
  execute,
  HEADER_BYTES,
  HeaderFlag,
  Opcode,
  prepare,
  QueryFlag,
  type QueryParameters,
  query,
  Reader,
  RequestShape,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { batchGoldens, executeGoldens, prepareGoldens, queryGoldens } from '../golden/request.ts'
import { codeOf } from '../support/code-of.ts'
import type { Golden } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'
import { seededRandom } from '../support/random.ts'

const goldens: Golden[] = [...queryGoldens, ...prepareGoldens, ...executeGoldens, ...batchGoldens]
const QUERY_V4 = '04 00 0001 07 00000000'
const EXECUTE_V4 = '04 00 0001 0a 00000000'
const BATCH_V4 = '04 00 0001 0d 00000000'
const SEED = 20_240_612
const ROUNDS = 4000

/** What a server judges and the walk does not: the body's lengths are right whatever these say. */
const LEFT_TO_THE_SERVER = /^\[consistency\] \d+ is not defined|is not UTF-8|announce names and no values/

function walk(frame: Buffer, shape: RequestShape = new RequestShape()): string | null {
  return shape.walk(frame[4] as number, frame[1] as number, frame, 0, frame.length)
}

/** The message as far as a shape says where its parts lie. */
function seen(shape: RequestShape, frame: Buffer): unknown {
  const opcode = frame[4] as number
  switch (opcode) {
    case Opcode.PREPARE:
      return { query: frame.toString('utf8', shape.textStart, shape.textEnd) }
    case Opcode.QUERY:
      return { query: frame.toString('utf8', shape.textStart, shape.textEnd), parameters: seenParameters(shape, frame) }
    case Opcode.EXECUTE:
      return { id: frame.subarray(shape.idStart, shape.idEnd), parameters: seenParameters(shape, frame) }
    default:
      return {
        type: shape.batchType,
        consistency: shape.consistency,
        statements: Array.from({ length: shape.childCount }, (_, i) => seenChild(shape, frame, i)),
      }
  }
}

function seenParameters(shape: RequestShape, frame: Buffer): unknown {
  expect(frame[shape.flagsAt]).toBe(shape.flags)
  expect(frame.readUInt16BE(shape.flagsAt - 2)).toBe(shape.consistency)
  return {
    consistency: shape.consistency,
    ...(shape.valuesStart < 0 ? {} : seenValues(shape, frame)),
    ...(shape.pagingStateStart < 0
      ? {}
      : { pagingState: frame.subarray(shape.pagingStateStart, shape.pagingStateEnd) }),
  }
}

function seenValues(shape: RequestShape, frame: Buffer): object {
  const hasNames = (shape.flags & QueryFlag.NAMES) !== 0
  const names: string[] = []
  const values: unknown[] = []
  const reader = new Reader(frame, shape.valuesStart, shape.valuesEnd)
  for (let i = 0; i < shape.valueCount; i++) {
    if (hasNames) names.push(reader.string())
    values.push(reader.value())
  }
  reader.finish('the values')
  return { values, ...(hasNames ? { names } : {}) }
}

function seenChild(shape: RequestShape, frame: Buffer, i: number): unknown {
  const contentStart = shape.childContentStart[i] as number
  const contentEnd = shape.childContentEnd[i] as number
  const content =
    frame[shape.childAt[i] as number] === 0
      ? { query: frame.toString('utf8', contentStart, contentEnd) }
      : { id: frame.subarray(contentStart, contentEnd) }
  const reader = new Reader(frame, contentEnd, shape.childEnd[i])
  const values = Array.from({ length: reader.short() }, () => reader.value())
  reader.finish('the values')
  return { ...content, values }
}

/** A decoded message without the parts that a shape says nothing of. */
function known(message: unknown): unknown {
  if (isBatch(message)) return { type: message.type, consistency: message.consistency, statements: message.statements }
  const { parameters, ...rest } = message as { parameters?: QueryParameters }
  if (parameters === undefined) return rest
  const { consistency, values, names, pagingState } = parameters
  return {
    ...rest,
    parameters: {
      consistency,
      ...(values === undefined ? {} : { values }),
      ...(names === undefined ? {} : { names }),
      ...(pagingState === undefined ? {} : { pagingState }),
    },
  }
}

function isBatch(message: unknown): message is Batch {
  return typeof message === 'object' && message !== null && 'statements' in message
}

/** The error of the full decoder, as its code and words; `null` when it takes the body. */
function refusalByDecoding(golden: Golden, frame: Buffer): string | null {
  let words = ''
  const code = codeOf(() => {
    try {
      golden.decode(frame.subarray(HEADER_BYTES))
    } catch (error) {
      words = error instanceof Error ? error.message : ''
      throw error
    }
  })
  return code === null ? null : `${code} ${words}`
}

describe('RequestShape', () => {
  for (const golden of goldens) {
    const { frame } = golden

    it(`finds what decoding finds: ${golden.title}`, () => {
      const shape = new RequestShape()
      expect(walk(frame, shape)).toBeNull()
      expect(seen(shape, frame)).toStrictEqual(known(golden.content.message))
    })

    it(`finds the same in the middle of a chunk: ${golden.title}`, () => {
      for (const around of [0x00, 0xff]) {
        const chunk = Buffer.concat([Buffer.alloc(7, around), frame, Buffer.alloc(20, around)])
        const alone = new RequestShape()
        const shape = new RequestShape()
        walk(frame, alone)
        expect(shape.walk(frame[4] as number, frame[1] as number, chunk, 7, 7 + frame.length)).toBeNull()
        const moved = (offset: number): number => (offset < 0 ? offset : offset + 7)
        expect(offsetsOf(shape)).toStrictEqual(offsetsOf(alone).map(moved))
      }
    })

    it(`refuses it cut anywhere, whatever bytes follow: ${golden.title}`, () => {
      const shape = new RequestShape()
      const taken: number[] = []
      for (let end = HEADER_BYTES; end < frame.length; end++) {
        const buffers = [frame, frame.subarray(0, end), Buffer.concat([frame.subarray(0, end), Buffer.alloc(600)])]
        for (const buffer of buffers) {
          if (shape.walk(frame[4] as number, frame[1] as number, buffer, 0, end) === null) taken.push(end)
        }
      }
      expect(taken).toStrictEqual([])
    })

    it(`refuses one more byte: ${golden.title}`, () => {
      for (const byte of [0x00, 0x01, 0x7f, 0xff]) {
        expect(walk(Buffer.concat([frame, Buffer.from([byte])]))).toMatch(
          /^bytes are left after its (text|last field)$/,
        )
      }
    })

    it(`judges damage as decoding does: ${golden.title}`, () => {
      const random = seededRandom(SEED + frame.length)
      const shape = new RequestShape()
      const disagreements: string[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const damaged = damage(frame, random)
        const byWalking = walk(damaged, shape)
        const byDecoding = refusalByDecoding(golden, damaged)
        if ((byWalking === null) === (byDecoding === null)) continue
        if (byWalking === null && LEFT_TO_THE_SERVER.test(byDecoding?.replace('PROTOCOL_BAD_VALUE ', '') ?? ''))
          continue
        if (byWalking !== null && isOddNull(golden, damaged)) continue
        disagreements.push(`${damaged.toString('hex')}: ${byWalking} / ${byDecoding}`)
      }
      expect(disagreements).toStrictEqual([])
    })
  }

  it('takes what a server has to judge: texts that are not UTF-8, names announced without values', () => {
    expect(walk(hex(QUERY_V4, '00000001', 'ff', '000a', '00'))).toBeNull()
    expect(walk(hex(QUERY_V4, '00000001', ascii('x'), '0001', '40'))).toBeNull()
    expect(walk(hex(EXECUTE_V4, '0001 01', '0001', '41', '0001', '0001 ff', 'ffffffff'))).toBeNull()
  })

  it('refuses what servers answer on stream 0: unknown levels and the one timestamp that is none', () => {
    expect(walk(hex(QUERY_V4, '00000001', ascii('x'), '000c', '00'))).toBe('its consistency is unknown')
    expect(walk(hex(QUERY_V4, '00000001', ascii('x'), '0001', '10', '000c'))).toBe('its serial consistency is unknown')
    const timestamp = (bytes: string) => walk(hex(QUERY_V4, '00000001', ascii('x'), '0001', '20', bytes))
    expect(timestamp('8000000000000000')).toBe('its timestamp is out of range')
    expect(timestamp('8000000000000001')).toBeNull()
  })

  it('takes "not set" in v3, where a server reads it as null', () => {
    const frame = hex('03 00 0001 0a 00000000', '0001 01', '0001', '01', '0001', 'fffffffe')
    expect(walk(frame)).toBeNull()
    expect(execute.decode(frame.subarray(HEADER_BYTES), 3).parameters.values).toStrictEqual([null])
  })

  it('refuses lengths below "not set" in v3 too, which a server would read as null', () => {
    const frame = hex('03 00 0001 0a 00000000', '0001 01', '0001', '01', '0001', 'fffffffd')
    expect(walk(frame)).toBe('its values are malformed')
    expect(execute.decode(frame.subarray(HEADER_BYTES), 3).parameters.values).toStrictEqual([null])
  })

  it('takes a paging state that is null for an empty one', () => {
    for (const length of ['ffffffff', 'fffffffe', '80000000']) {
      const shape = new RequestShape()
      expect(walk(hex(QUERY_V4, '00000001', ascii('x'), '0001', '08', length), shape)).toBeNull()
      expect(shape.pagingStateStart).toBe(shape.pagingStateEnd)
    }
  })

  it('forgets the request before', () => {
    const shape = new RequestShape()
    const every = hex(
      QUERY_V4.replace(' 00 ', ' 04 '), // header, flags: custom payload
      '0001 0001', // one entry, its name
      ascii('k'),
      'ffffffff', // null
      '00000001', // text
      ascii('x'),
      '0001', // ONE
      '7f', // all flags
      '0001 0001', // one value, its name
      ascii('v'),
      'ffffffff', // null
      '00000001', // page size
      '00000001 aa', // paging state
      '0008', // SERIAL
      '0000000000000001', // microseconds
    )
    expect(walk(every, shape)).toBeNull()
    expect(walk(hex(BATCH_V4, '00', '0001', '01 0001 aa', '0000', '0001', '00'), shape)).toBeNull()
    expect(walk(hex(EXECUTE_V4, '0002 abcd', '0004', '00'), shape)).toBeNull()
    const fresh = new RequestShape()
    walk(hex(EXECUTE_V4, '0002 abcd', '0004', '00'), fresh)
    expect(offsetsOf(shape)).toStrictEqual(offsetsOf(fresh))
    expect([shape.flags, shape.valueCount, shape.childCount, shape.batchType]).toStrictEqual([0, 0, 0, -1])
  })

  it('walks an opcode that has no such body to an error', () => {
    for (const opcode of [Opcode.STARTUP, Opcode.OPTIONS, Opcode.REGISTER, Opcode.AUTH_RESPONSE, Opcode.RESULT, 0xff]) {
      const frame = hex('04 00 0001 00 00000000', '00000001', ascii('x'))
      expect(new RequestShape().walk(opcode, 0, frame, 0, frame.length)).toBe('it has an opcode that is not walked')
    }
  })

  it('says what is wrong without any of the bytes', () => {
    const statement = 'MALFORMED secret'
    const frame = hex(QUERY_V4, '00000010', ascii(statement), '0001', '01', '0001', '0000ffff', ascii('secret'))
    expect(walk(frame)).toBe('its values are malformed')
  })
})

describe('a length or count that no body has', () => {
  const long = ['7fffffff', '7ffffff0', '40000000', '00010000']
  const negative = ['80000000', 'ffffff00', 'fffffffd']
  const rows: [title: string, frame: (length: string) => Buffer, lengths: string[], problem: string][] = [
    [
      'a text',
      (n) => hex(QUERY_V4, n, ascii('x'), '0001 00'),
      [...long, ...negative, 'fffffffe', 'ffffffff'],
      'its text is cut',
    ],
    [
      'the text of a PREPARE',
      (n) => hex('04 00 0001 09 00000000', n, ascii('x')),
      [...long, ...negative, 'fffffffe', 'ffffffff'],
      'its text is cut',
    ],
    ['a prepared id', (n) => hex(EXECUTE_V4, n, '0001 00'), ['ffff', '7fff', '0004'], 'its prepared id is cut'],
    [
      'a value',
      (n) => hex(EXECUTE_V4, '0001 aa 0001 01 0001', n, '0000'),
      [...long, ...negative],
      'its values are malformed',
    ],
    [
      'a named value',
      (n) => hex(EXECUTE_V4, '0001 aa 0001 41 0001 0001', ascii('v'), n, '0000'),
      [...long, ...negative],
      'its values are malformed',
    ],
    [
      'the name of a value',
      (n) => hex(EXECUTE_V4, '0001 aa 0001 41 0001', n, ascii('v'), 'ffffffff'),
      ['ffff', '8000', '0006'],
      'its values are malformed',
    ],
    [
      'a number of values',
      (n) => hex(EXECUTE_V4, '0001 aa 0001 01', n, 'ffffffff'),
      ['ffff', '8000', '0002'],
      'its values are malformed',
    ],
    [
      'a paging state',
      (n) => hex(QUERY_V4, '00000001', ascii('x'), '0001 08', n, '0000'),
      long,
      'its paging state is cut',
    ],
    [
      'a number of statements',
      (n) => hex(BATCH_V4, '00', n, '01 0000 0000', '0001 00'),
      ['ffff', '8000', '0003'],
      'it ends before the last statement',
    ],
    [
      'the text of a statement',
      (n) => hex(BATCH_V4, '00 0001', '00', n, ascii('x'), '0000', '0001 00'),
      [...long, ...negative, 'fffffffe', 'ffffffff'],
      'a statement of it is cut',
    ],
    [
      'the prepared id of a statement',
      (n) => hex(BATCH_V4, '00 0001', '01', n, '0000', '0001 00'),
      ['ffff', '8000', '0005'],
      'a statement of it is cut',
    ],
    [
      'a value of a statement',
      (n) => hex(BATCH_V4, '00 0001', '01 0000', '0001', n, '0001 00'),
      [...long, ...negative],
      'the values of a statement of it are malformed',
    ],
    [
      'a number of values of a statement',
      (n) => hex(BATCH_V4, '00 0001', '01 0000', n, '0001 00'),
      ['ffff', '8000', '0001'],
      'the values of a statement of it are malformed',
    ],
    [
      'a value of a custom payload',
      (n) => hex('04 04 0001 09 00000000', '0001 0001', ascii('k'), n, '00000000'),
      [...long, ...negative],
      'its custom payload is malformed',
    ],
    [
      'a name of a custom payload',
      (n) => hex('04 04 0001 09 00000000', '0001', n, ascii('k'), 'ffffffff', '00000000'),
      ['ffff', '8000'],
      'its custom payload is malformed',
    ],
    [
      'a number of entries of a custom payload',
      (n) => hex('04 04 0001 09 00000000', n, '0000 ffffffff', '00000000'),
      ['ffff', '8000'],
      'its custom payload is malformed',
    ],
  ]

  for (const [title, frame, lengths, problem] of rows) {
    it(`is refused: ${title}`, () => {
      for (const length of lengths) expect(`${length}: ${walk(frame(length))}`).toBe(`${length}: ${problem}`)
    })
  }
})

describe('a field that the protocol does not define', () => {
  const rows: [title: string, frame: Buffer, problem: string][] = [
    [
      'flag 0x80 of a QUERY',
      hex(QUERY_V4, '00000001', ascii('x'), '0001', '80'),
      'it has flags unknown in this protocol version',
    ],
    ['flag 0x80 of an EXECUTE', hex(EXECUTE_V4, '0000', '0001', '80'), 'it has flags unknown in this protocol version'],
    ['names for a BATCH', hex(BATCH_V4, '00', '0000', '0001', '40'), 'it has flags unknown in this protocol version'],
    ['values for a BATCH', hex(BATCH_V4, '00', '0000', '0001', '01'), 'it has flags unknown in this protocol version'],
    ['batch type 3', hex(BATCH_V4, '03', '0000', '0001', '00'), 'its batch type is unknown'],
    [
      'statement kind 2',
      hex(BATCH_V4, '00', '0001', '02 0000 0000', '0001', '00'),
      'a statement of it is neither a text nor a prepared id',
    ],
  ]

  for (const [title, frame, problem] of rows) it(`is refused: ${title}`, () => expect(walk(frame)).toBe(problem))
})

describe('the most that a body can count', () => {
  const MOST = 65535

  it('is walked: statements', () => {
    const children = Buffer.concat(Array.from({ length: MOST }, () => hex('01 0000 0000')))
    const frame = hex(BATCH_V4, '01', 'ffff', children, '0001', '00')
    const shape = new RequestShape()
    expect(walk(frame, shape)).toBeNull()
    expect(shape.childCount).toBe(MOST)
    expect(shape.childEnd[MOST - 1]).toBe(frame.length - 3)
    expect(walk(frame.subarray(0, frame.length - 8), shape)).not.toBeNull()
    expect(shape.childCount).toBe(0)
  })

  it('is walked: values, with and without names', () => {
    const nulls = Buffer.alloc(4 * MOST, 0xff)
    const named = Buffer.concat(Array.from({ length: MOST }, () => hex('0000 ffffffff')))
    for (const frame of [
      hex(EXECUTE_V4, '0001 aa', '0001', '01', 'ffff', nulls),
      hex(EXECUTE_V4, '0001 aa', '0001', '41', 'ffff', named),
      hex(BATCH_V4, '00', '0001', '01 0001 aa', 'ffff', nulls, '0001', '00'),
    ]) {
      expect(walk(frame)).toBeNull()
      expect(walk(frame.subarray(0, frame.length - 1))).not.toBeNull()
    }
  })
})

describe('a walk', () => {
  it('allocates nothing', () => {
    const shape = new RequestShape()
    const frames = goldens.map(({ frame }) => frame)
    const walkAll = (rounds: number): void => {
      for (let round = 0; round < rounds; round++) for (const frame of frames) walk(frame, shape)
    }
    walkAll(2000)
    const walks = 40_000 * frames.length
    // The smallest object has 16 bytes; the rest is the compiler's and the test's own (5.7 MB seen on a busy machine).
    expect(bytesAllocated(() => walkAll(40_000))).toBeLessThan(8 * walks)
  })

  it('uses its lists again', () => {
    const shape = new RequestShape()
    const lists = [shape.childAt, shape.childContentStart, shape.childContentEnd, shape.childEnd]
    const batchOf = (count: number): Buffer => {
      const statements = Array.from({ length: count }, () => ({ id: hex('aa'), values: [] }))
      const body = batch.encode({ type: 0, statements, consistency: 1 }, 4)
      return hex(BATCH_V4, body)
    }
    for (const count of [40, 2, 40, 0, 1]) {
      expect(walk(batchOf(count), shape)).toBeNull()
      expect(shape.childCount).toBe(count)
    }
    expect([shape.childAt, shape.childContentStart, shape.childContentEnd, shape.childEnd]).toStrictEqual(lists)
    expect(lists.map((list) => list.length)).toStrictEqual([40, 40, 40, 40])
  })

  it('begins behind the custom payload', () => {
    const payload = { 'request-id': hex('0102'), none: null, empty: Buffer.alloc(0) }
    const names = Object.entries(payload)
    const bytes = names.reduce((sum, [name, value]) => sum + 2 + name.length + 4 + (value?.length ?? 0), 2)
    const message: Execute = { id: hex('abcd'), parameters: { consistency: 1 } }
    const prefix = hex(
      '0003',
      ...names.flatMap(([name, value]) => [
        name.length.toString(16).padStart(4, '0'),
        ascii(name),
        value === null ? 'ffffffff' : value.length.toString(16).padStart(8, '0'),
        value ?? '',
      ]),
    )
    const frame = hex('04 04 0001 0a 00000000', prefix, execute.encode(message, 4))
    const shape = new RequestShape()
    expect(shape.walk(Opcode.EXECUTE, HeaderFlag.CUSTOM_PAYLOAD, frame, 0, frame.length)).toBeNull()
    expect(shape.messageStart).toBe(HEADER_BYTES + bytes)
    expect(seen(shape, frame)).toStrictEqual(message)
  })

  it('asks the header flags for a custom payload and for nothing else', () => {
    const bodies = [query.encode({ query: 'x', parameters: { consistency: 1 } }, 4), prepare.encode({ query: 'x' }, 4)]
    for (const [i, opcode] of [Opcode.QUERY, Opcode.PREPARE].entries()) {
      const frame = hex(QUERY_V4, bodies[i] as Buffer)
      const shape = new RequestShape()
      expect(shape.walk(opcode, HeaderFlag.TRACING, frame, 0, frame.length)).toBeNull()
      expect(shape.messageStart).toBe(HEADER_BYTES)
    }
  })
})

function offsetsOf(shape: RequestShape): number[] {
  const children = [shape.childAt, shape.childContentStart, shape.childContentEnd, shape.childEnd]
  return [
    shape.messageStart,
    shape.textStart,
    shape.textEnd,
    shape.idStart,
    shape.idEnd,
    shape.flagsAt,
    shape.valuesStart,
    shape.valuesEnd,
    shape.pagingStateStart,
    shape.pagingStateEnd,
    ...children.flatMap((list) => list.slice(0, shape.childCount)),
  ]
}

/** Bytes of heap taken while `act` runs, those collected again included. */
function bytesAllocated(act: () => void): number {
  const profiler = new GCProfiler()
  profiler.start()
  const before = process.memoryUsage().heapUsed
  act()
  const grown = process.memoryUsage().heapUsed - before
  const { statistics } = profiler.stop()
  const freed = statistics.map(
    ({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
  )
  return freed.reduce((sum, bytes) => sum + bytes, grown)
}

/** Lengths that arithmetic breaks on. */
const lengths = [0x7fffffff, -1, -2, -3, -0x80000000, 0x40000000, 0, 1, 2, 0xffff]

/** A frame with its body changed: bits, bytes, lengths, a part left out, a part twice. The header stays. */
function damage(frame: Buffer, random: (bound: number) => number): Buffer {
  let body: Buffer = Buffer.from(frame.subarray(HEADER_BYTES))
  for (let changes = 1 + random(3); changes > 0 && body.length > 0; changes--) {
    const at = random(body.length)
    const to = at + random(body.length - at + 1)
    switch (random(6)) {
      case 0:
        body[at] = (body[at] as number) ^ (1 << random(8))
        break
      case 1:
        body[at] = random(256)
        break
      case 2:
        if (at + 4 <= body.length) body.writeInt32BE(lengths[random(lengths.length)] as number, at)
        break
      case 3:
        body = Buffer.concat([body.subarray(0, at), body.subarray(to)])
        break
      case 4:
        body = Buffer.concat([body.subarray(0, to), body.subarray(at)])
        break
      default:
        // A length that is right but for one.
        body[at] = ((body[at] as number) + (random(2) === 0 ? 1 : 255)) & 0xff
    }
  }
  return Buffer.concat([frame.subarray(0, HEADER_BYTES), body])
}

/**
 * Whether all that is wrong with the frame is a null by a length below -2, which only the walk refuses: with -1 for each length
 * that decodes to null anyway, it is walked.
 */
function isOddNull(golden: Golden, frame: Buffer): boolean {
  const message = golden.decode(frame.subarray(HEADER_BYTES))
  let usual = frame
  for (let at = HEADER_BYTES; at + 4 <= frame.length; at++) {
    if (usual.readInt32BE(at) >= -2) continue
    const changed = Buffer.from(usual)
    changed.writeInt32BE(-1, at)
    if (refusalByDecoding(golden, changed) !== null) continue
    if (isDeepStrictEqual(golden.decode(changed.subarray(HEADER_BYTES)), message)) usual = changed
  }
  return usual !== frame && walk(usual) === null
}

import {
  decodePrefix,
  encodeResponse,
  HEADER_BYTES,
  messageOffset,
  type PreparedResult,
  pagingStateOffset,
  Reader,
  type ResponsePrefix,
  type RowsResult,
  result,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { allGoldens } from '../golden/all.ts'
import { ascii, hex } from '../support/hex.ts'

const answers = allGoldens.filter(({ header }) => header.isResponse)
const state = hex('0a0b0c0d')

const prefixes: [title: string, prefix: Partial<ResponsePrefix>][] = [
  ['nothing', {}],
  ['a tracing id', { tracingId: '00112233-4455-6677-8899-aabbccddeeff' }],
  ['warnings', { warnings: ['too big', '', 'é'] }],
  ['no warning in the list of warnings', { warnings: [] }],
  ['a custom payload', { customPayload: { key: hex('0102'), gone: null, empty: Buffer.alloc(0) } }],
  ['an empty custom payload', { customPayload: {} }],
  [
    'all three',
    {
      tracingId: 'ffeeddcc-bbaa-9988-7766-554433221100',
      warnings: ['w', 'x'],
      customPayload: { k: Buffer.alloc(300, 0xff) },
    },
  ],
]

function rows(pagingState: Buffer | null): RowsResult {
  const columns = [{ keyspace: 'k', table: 't', name: 'v', type: { kind: 'int' as const } }]
  return { kind: 'rows', metadata: { columnCount: 1, pagingState, columns }, rows: [[hex('00000001')], [null]] }
}

describe('messageOffset', () => {
  for (const { title, frame, header } of answers) {
    it(`is where decoding begins the message: ${title}`, () => {
      const reader = new Reader(frame, HEADER_BYTES)
      decodePrefix(header.flags, reader)
      expect(messageOffset(frame, 0, frame.length)).toBe(reader.offset)
      const chunk = Buffer.concat([Buffer.alloc(5, 0xff), frame, Buffer.alloc(5, 0xff)])
      expect(messageOffset(chunk, 5, 5 + frame.length)).toBe(5 + reader.offset)
    })
  }

  for (const [title, prefix] of prefixes) {
    it(`is -1 while a part is cut: ${title}`, () => {
      const frame = encodeResponse(result, { kind: 'void' }, { version: 4, stream: 1, ...prefix })
      const at = messageOffset(frame, 0, frame.length)
      expect(at).toBe(frame.length - 4)
      for (let end = HEADER_BYTES; end < at; end++) {
        expect(messageOffset(frame, 0, end)).toBe(-1)
        expect(messageOffset(frame.subarray(0, end), 0, end)).toBe(-1)
      }
      expect(messageOffset(frame, 0, at)).toBe(at)
    })
  }

  it('is -1 for lengths that no frame has', () => {
    for (const frame of [
      hex('84 08 0001 08 00000000', 'ffff 0001', ascii('w')), // more warnings than bytes
      hex('84 08 0001 08 00000000', '0001 ffff', ascii('w')), // a longer warning
      hex('84 04 0001 08 00000000', 'ffff 0001', ascii('k'), 'ffffffff'), // more entries
      hex('84 04 0001 08 00000000', '0001 ffff', ascii('k'), 'ffffffff'), // a longer name
      hex('84 04 0001 08 00000000', '0001 0001', ascii('k'), '7fffffff'), // a longer value
    ]) {
      expect(messageOffset(frame, 0, frame.length)).toBe(-1)
    }
  })
})

describe('pagingStateOffset', () => {
  for (const [title, prefix] of prefixes) {
    it(`finds the paging state behind ${title}`, () => {
      for (const version of title === 'nothing' || title === 'a tracing id' ? ([3, 4] as const) : ([4] as const)) {
        for (const length of [0, 1, 4, 70_000]) {
          const pagingState = Buffer.alloc(length, 0xaa)
          const frame = encodeResponse(result, rows(pagingState), { version, stream: 1, ...prefix })
          const at = pagingStateOffset(frame, 0, frame.length)
          expect(frame.readInt32BE(at)).toBe(length)
          expect(frame.subarray(at + 4, at + 4 + length).equals(pagingState)).toBe(true)
          const chunk = Buffer.concat([Buffer.alloc(3, 0xff), frame, frame])
          expect(pagingStateOffset(chunk, 3, 3 + frame.length)).toBe(3 + at)
        }
      }
    })
  }

  for (const { title, frame, content } of answers) {
    const { message } = content
    const expected = isRows(message) ? message.metadata.pagingState : null
    it(`${expected ? 'finds the paging state' : 'is -1'}: ${title}`, () => {
      const at = pagingStateOffset(frame, 0, frame.length)
      const found = at < 0 ? null : frame.subarray(at + 4, at + 4 + frame.readInt32BE(at))
      expect(found).toStrictEqual(expected)
    })
  }

  it('finds it where the columns are left out', () => {
    const metadata = { columnCount: 1, pagingState: state, columns: null }
    const frame = encodeResponse(result, { kind: 'rows', metadata, rows: [] }, { version: 4, stream: 1 })
    const at = pagingStateOffset(frame, 0, frame.length)
    expect(frame.subarray(at, at + 8)).toStrictEqual(hex('00000004', state))
  })

  it('is -1 for the metadata of a PREPARED answer, whatever it says', () => {
    const prepared: PreparedResult = {
      kind: 'prepared',
      id: hex('0002'),
      variables: { pkIndices: [], columns: [] },
      metadata: { columnCount: 0, pagingState: state, columns: null },
    }
    const frame = encodeResponse(result, prepared, { version: 4, stream: 1 })
    expect(pagingStateOffset(frame, 0, frame.length)).toBe(-1)
  })

  it('is -1 for a frame that ends before the length of its paging state', () => {
    const frame = encodeResponse(result, rows(state), { version: 4, stream: 1 })
    const at = pagingStateOffset(frame, 0, frame.length)
    for (let end = HEADER_BYTES; end < at + 4; end++) {
      expect(pagingStateOffset(frame, 0, end)).toBe(-1)
      expect(pagingStateOffset(frame.subarray(0, end), 0, end)).toBe(-1)
    }
  })

  it('is -1 where the prefix does not fit the frame', () => {
    const frame = hex('84 08 0001 08 00000000', 'ffff 0001', ascii('w'), '00000002 00000002 00000001 00000000')
    expect(pagingStateOffset(frame, 0, frame.length)).toBe(-1)
  })
})

function isRows(message: unknown): message is RowsResult {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'rows'
}

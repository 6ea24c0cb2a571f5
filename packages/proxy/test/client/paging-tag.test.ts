import { encodeResponse, HEADER_BYTES, type ProtocolVersion, type Result, result } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { PAGING_TAG_BYTES, pagingStateSide, tagPagingState } from '../../src/client/paging-tag.ts'
import { clusterNames, ORIGIN, type Side, TARGET } from '../../src/side.ts'

type Rows = Extract<Result, { kind: 'rows' }>

function rowsFrame(pagingState: Buffer | null, parts: { version?: ProtocolVersion; warnings?: string[] } = {}): Buffer {
  const { version = 4, warnings } = parts
  const columns: Rows['metadata']['columns'] = [{ keyspace: 'ks', table: 't', name: 'v', type: { kind: 'int' } }]
  const rows = [[Buffer.from([0, 0, 0, 1])], [null]]
  return encodeResponse(
    result,
    { kind: 'rows', metadata: { columnCount: 1, pagingState, columns }, rows },
    { version, stream: 5, ...(warnings && { warnings }) },
  )
}

/** Decoded, from the middle of a larger buffer as answers lie in one. */
function tagged(frame: Buffer, side: Side): Buffer | null {
  const around = Buffer.concat([Buffer.alloc(7, 0xaa), frame, Buffer.alloc(5, 0xbb)])
  return tagPagingState(around, 7, 7 + frame.length, side)
}

function pagingStateOf(frame: Buffer, prefixBytes: number = 0): Buffer | null {
  const decoded = result.decode(frame.subarray(HEADER_BYTES + prefixBytes), 4)
  return decoded.kind === 'rows' ? decoded.metadata.pagingState : null
}

describe('tagPagingState', () => {
  it.each([ORIGIN, TARGET])('puts a tag of side %i before the state and changes nothing else', (side) => {
    const state = Buffer.from('state of a cluster')
    const frame = rowsFrame(state)
    const marked = tagged(frame, side) as Buffer
    expect(marked.length).toBe(frame.length + PAGING_TAG_BYTES)
    expect(marked.readInt32BE(5)).toBe(marked.length - HEADER_BYTES)
    const found = pagingStateOf(marked) as Buffer
    expect(found.subarray(PAGING_TAG_BYTES)).toStrictEqual(state)
    expect(pagingStateSide(found, 0, found.length)).toBe(side)
    const expected = rowsFrame(found)
    expect(marked).toStrictEqual(expected)
  })

  it('finds the state behind warnings, and in version 3', () => {
    const warned = tagged(rowsFrame(Buffer.from('s'), { warnings: ['careful'] }), TARGET) as Buffer
    expect(pagingStateOf(warned, 2 + 2 + 'careful'.length)).toHaveLength(PAGING_TAG_BYTES + 1)
    const old = tagged(rowsFrame(Buffer.from('s'), { version: 3 }), TARGET) as Buffer
    expect(old[0]).toBe(0x83)
    expect(pagingStateOf(old)).toHaveLength(PAGING_TAG_BYTES + 1)
  })

  it('tags an empty state too', () => {
    const marked = tagged(rowsFrame(Buffer.alloc(0)), ORIGIN) as Buffer
    expect(pagingStateOf(marked)).toHaveLength(PAGING_TAG_BYTES)
  })

  it('leaves frames without a paging state alone', () => {
    expect(tagged(rowsFrame(null), ORIGIN)).toBeNull()
    expect(tagged(encodeResponse(result, { kind: 'void' }, { version: 4, stream: 0 }), ORIGIN)).toBeNull()
    expect(
      tagged(encodeResponse(result, { kind: 'set_keyspace', keyspace: 'ks' }, { version: 4, stream: 0 }), ORIGIN),
    ).toBeNull()
  })

  it('never reads past the end of a frame that is cut', () => {
    const frame = rowsFrame(Buffer.from('state'))
    for (let end = HEADER_BYTES; end < frame.length; end++) {
      expect(() => tagPagingState(frame.subarray(0, end), 0, end, ORIGIN)).not.toThrow()
    }
  })
})

describe('pagingStateSide', () => {
  it('is null of a state that the proxy did not tag', () => {
    for (const state of ['', 'x', '7a646d', 'a state of Cassandra, long enough for a tag']) {
      const bytes = Buffer.from(state)
      expect(pagingStateSide(bytes, 0, bytes.length)).toBeNull()
    }
  })

  it('reads only the state itself', () => {
    const marked = pagingStateOf(tagged(rowsFrame(Buffer.from('s')), TARGET) as Buffer) as Buffer
    for (let end = 0; end < PAGING_TAG_BYTES; end++) expect(pagingStateSide(marked, 0, end)).toBeNull()
    expect(pagingStateSide(marked, 0, PAGING_TAG_BYTES)).toBe(TARGET)
  })

  it.each([2, 0x80, 0xff])('is null of a tag that names cluster %i, which there is not', (side) => {
    const marked = Buffer.from(pagingStateOf(tagged(rowsFrame(Buffer.from('s')), TARGET) as Buffer) as Buffer)
    marked[PAGING_TAG_BYTES - 1] = side
    expect(clusterNames[side as Side]).toBeUndefined()
    expect(pagingStateSide(marked, 0, marked.length)).toBeNull()
  })
})

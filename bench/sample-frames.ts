import {
  batch,
  Consistency,
  encodeRequest,
  encodeResponse,
  execute,
  ProtocolVersion,
  query,
  result,
} from '@zdmkit/protocol'

const OPTIONS = { version: ProtocolVersion.V4, stream: 5 }
const TIMESTAMP = 1_700_000_000_000_000n
const KEY = Buffer.from([0, 0, 1, 7])
const VALUE = Buffer.alloc(100, 'x')
const ID_BYTES = 16
const { ONE: consistency } = Consistency

export const SELECT_TEXT = 'SELECT v FROM bench.kv WHERE k = ?'
export const INSERT_TEXT = 'INSERT INTO bench.kv (k, v) VALUES (?, ?)'

/** Frames like those of the proxy benchmark: 41 and 149 bytes of request, 13 and 148 of answer. */
export function executeRead(id: Buffer = Buffer.alloc(ID_BYTES, 'R')): Buffer {
  return encodeRequest(execute, { id, parameters: { consistency, values: [KEY], timestamp: TIMESTAMP } }, OPTIONS)
}

export function executeWrite(id: Buffer = Buffer.alloc(ID_BYTES, 'W'), timestamp: bigint | null = TIMESTAMP): Buffer {
  const parameters = { consistency, values: [KEY, VALUE], ...(timestamp === null ? {} : { timestamp }) }
  return encodeRequest(execute, { id, parameters }, OPTIONS)
}

export function simpleQuery(text: string): Buffer {
  return encodeRequest(
    query,
    { query: text, parameters: { consistency, pageSize: 5000, timestamp: TIMESTAMP } },
    OPTIONS,
  )
}

export function batchOfPrepared(count: number): Buffer {
  const statements = Array.from({ length: count }, () => ({ id: Buffer.alloc(ID_BYTES, 'W'), values: [KEY, VALUE] }))
  return encodeRequest(batch, { type: 0, statements, consistency, timestamp: TIMESTAMP }, OPTIONS)
}

export function voidAnswer(): Buffer {
  return encodeResponse(result, { kind: 'void' }, OPTIONS)
}

export function rowAnswer(): Buffer {
  const columns = [{ keyspace: 'bench', table: 'kv', name: 'v', type: { kind: 'blob' as const } }]
  const metadata = { columnCount: 1, pagingState: null, columns }
  return encodeResponse(result, { kind: 'rows', metadata, rows: [[VALUE]] }, OPTIONS)
}

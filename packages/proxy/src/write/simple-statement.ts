import { replaceFunctions } from '@zdmkit/cql'
import { Opcode, type RequestShape } from '@zdmkit/protocol'
import type { PreparedEntry } from '../prepared/prepared-entry.ts'
import type { ProxyContext } from '../proxy-context.ts'
import { longString, spliceFrame } from './splice-frame.ts'

/**
 * Why this prepared statement cannot be sent as a text over connections in `keyspace`, or `null`. Its id means the keyspace it
 * was prepared in, its text the one of the connection.
 */
export function misplacement(entry: PreparedEntry, keyspace: string | null): string | null {
  // What was prepared outside of a keyspace names one everywhere; of a batch only the first name is known here.
  const isQualified = entry.keyspace === null || (entry.statement.keyspace !== null && entry.statement.kind !== 'batch')
  if (isQualified || entry.keyspace === keyspace) return null
  return (
    `the statement was prepared in keyspace ${entry.keyspace} and calls uuid() or the like, whose values the proxy makes; ` +
    `qualify its table with the keyspace, or USE ${entry.keyspace} before it`
  )
}

/**
 * An EXECUTE in `buffer[start, end)` as the QUERY that says the same with its non-deterministic functions replaced. Both have
 * the same query parameters, so the bound values stay as they are, and the metadata that the client was given stays true.
 */
export function asSimpleStatement(
  context: ProxyContext,
  entry: PreparedEntry,
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
): Buffer {
  const { functions } = entry.statement
  context.metrics.replacedFunctions.inc(functions.length)
  const text = replaceFunctions(entry.text, functions, context.functionValues)
  const frame = spliceFrame(buffer, start, end, [{ from: shape.idStart - 2, to: shape.idEnd, bytes: longString(text) }])
  frame[4] = Opcode.QUERY
  return frame
}

/** A QUERY in `buffer[start, end)` with its non-deterministic functions replaced. */
export function withReplacedFunctions(
  context: ProxyContext,
  text: string,
  functions: PreparedEntry['statement']['functions'],
  buffer: Buffer,
  start: number,
  end: number,
  shape: RequestShape,
): Buffer {
  context.metrics.replacedFunctions.inc(functions.length)
  const replaced = replaceFunctions(text, functions, context.functionValues)
  return spliceFrame(buffer, start, end, [
    { from: shape.textStart - 4, to: shape.textEnd, bytes: longString(replaced) },
  ])
}

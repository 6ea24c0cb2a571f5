import { replaceFunctions } from '@zdmkit/cql'
import { Opcode, type RequestShape } from '@zdmkit/protocol'
import type { PreparedEntry } from '../prepared/prepared-entry.ts'
import type { ProxyContext } from '../proxy-context.ts'
import { longString, spliceFrame } from './splice-frame.ts'

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

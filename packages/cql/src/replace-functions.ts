import type { FunctionCall, FunctionName } from './functions.ts'
import { isNamePart } from './lexer.ts'

/** Where values come from; each is asked for once per occurrence, in the order of the text. */
export interface FunctionValues {
  /** For `uuid()`: a random UUID in its text form. */
  uuid(): string
  /** For `now()` and `currentTimeUUID()`: a version 1 UUID in its text form. */
  timeUuid(): string
  /** For `currentTimestamp()`: milliseconds since 1970. */
  timestampMs(): bigint | number
  /** For `currentDate()`: `YYYY-MM-DD`. */
  date(): string
  /** For `currentTime()`: `HH:MM:SS.nnnnnnnnn`. */
  time(): string
}

/**
 * Puts a literal in the place of each call, so that every cluster that gets the text stores the same. A nested call becomes
 * a literal with a type hint, `(timeuuid)50554d6e-29bb-11e5-b345-feff819cdc9f`, as `toTimestamp(...)` and the like are
 * overloaded and have to be told what they get. Everything else of the text stays as it is; without calls the very same
 * string comes back.
 *
 * `functions` are those that `inspect` found in this text, in their order.
 *
 * A whole term becomes a bare literal, which Cassandra types by the column. So it takes `currentTimestamp()` for a decimal,
 * double, float or time, `currentDate()` for a text or timestamp and `currentTime()` for a text, all of which it refuses of
 * the functions themselves, and refuses all of them for a blob, which may hold the result of any function. (Tried on
 * Cassandra 4.0.18 and 5.0.5; for every other type of column both agree.)
 */
export function replaceFunctions(text: string, functions: readonly FunctionCall[], values: FunctionValues): string {
  if (functions.length === 0) return text
  let replaced = ''
  let copied = 0
  for (const call of functions) {
    const literal = literalOf(call.name, values)
    replaced += text.slice(copied, call.start)
    // `now()AND` and `'a'now()` are fine as they stand, but a literal would grow together with its neighbour.
    if (glues(text.charCodeAt(call.start - 1))) replaced += ' '
    replaced += call.isNested ? `(${TYPES[call.name]})${literal}` : literal
    if (glues(text.charCodeAt(call.end))) replaced += ' '
    copied = call.end
  }
  return replaced + text.slice(copied)
}

/** The types that the functions return in Cassandra. */
const TYPES: Readonly<Record<FunctionName, string>> = {
  uuid: 'uuid',
  now: 'timeuuid',
  currenttimeuuid: 'timeuuid',
  currenttimestamp: 'timestamp',
  currentdate: 'date',
  currenttime: 'time',
}

function literalOf(name: FunctionName, values: FunctionValues): string {
  switch (name) {
    case 'uuid':
      return values.uuid()
    case 'now':
    case 'currenttimeuuid':
      return values.timeUuid()
    case 'currenttimestamp':
      return String(values.timestampMs())
    case 'currentdate':
      return `'${values.date()}'`
    case 'currenttime':
      return `'${values.time()}'`
  }
}

/** Whether a literal next to this character might be taken for a part of it, or it for a part of the literal. */
function glues(code: number): boolean {
  return code === 0x27 || code === 0x2e || isNamePart(code)
}

import {
  boundsOf,
  type EnumSetting,
  type ListSetting,
  type NumberSetting,
  type SettingDefinition,
} from './definition.ts'
import { Secret } from './secret.ts'

/** A setting after parsing: what the program sees under the property of its key. */
export type SettingValue = string | number | boolean | Secret | readonly (string | number)[]

/** What a source gave: the text of a scalar, or the texts of a YAML sequence's scalars. */
export type RawValue = string | readonly string[]

/** `isBad` results carry what would be right; the caller adds key and source. */
export type ParsedValue =
  | { readonly isBad: false; readonly value: SettingValue }
  | { readonly isBad: true; readonly given: string | null; readonly expected: string }

const TRUE_WORDS: readonly string[] = ['true', 't', '1', 'yes', 'y', 'on']
const FALSE_WORDS: readonly string[] = ['false', 'f', '0', 'no', 'n', 'off']

/** Longer values are cut in error messages. */
const SHOWN_CHARACTERS_MAX = 60

/** Parses what a source gave for one key. Text is trimmed except where it is the value itself (strings, secrets). */
export function parseValue(definition: SettingDefinition, raw: RawValue): ParsedValue {
  if (typeof raw !== 'string') {
    return definition.type === 'list' ? parseItems(definition, raw) : bad(definition, null)
  }
  switch (definition.type) {
    case 'string':
    case 'path':
      return good(raw)
    case 'secret':
      return good(new Secret(raw))
    case 'boolean': {
      const word = raw.trim().toLowerCase()
      if (TRUE_WORDS.includes(word)) return good(true)
      return FALSE_WORDS.includes(word) ? good(false) : bad(definition, raw)
    }
    case 'integer':
    case 'float':
    case 'duration_ms':
    case 'port':
    case 'enum': {
      const value = definition.type === 'enum' ? parseEnum(definition, raw) : parseNumber(definition, raw)
      return value === null ? bad(definition, raw) : good(value)
    }
    case 'list':
      return parseItems(definition, raw.split(','))
  }
}

/** Type, unit and range in words: `a port (1..65535)`, `one of ORIGIN, TARGET`. */
export function describeExpected(definition: SettingDefinition): string {
  switch (definition.type) {
    case 'string':
      return 'a text'
    case 'path':
      return 'a path'
    case 'secret':
      return 'a text'
    case 'boolean':
      return 'true or false'
    case 'enum':
      return `one of ${definition.values.join(', ')}`
    case 'integer':
      return `an integer${describeRange(definition)}`
    case 'float':
      return `a number${describeRange(definition)}`
    case 'duration_ms':
      return `a whole number of milliseconds${describeRange(definition)}`
    case 'port':
      return `a port${describeRange(definition)}`
    case 'list':
      return describeList(definition)
  }
}

/** ` (1..256)`, ` (at least 0)`, or nothing. */
function describeRange(definition: NumberSetting | ListSetting): string {
  const { min, max } = boundsOf(definition)
  if (min !== null && max !== null) return ` (${min}..${max})`
  if (min !== null) return ` (at least ${min})`
  return max === null ? '' : ` (at most ${max})`
}

function describeList(definition: ListSetting): string {
  switch (definition.items ?? 'string') {
    case 'string':
      return 'a comma-separated list'
    case 'integer':
      return `a comma-separated list of integers${describeRange(definition)}`
    case 'float':
      return `a comma-separated list of numbers${describeRange(definition)}`
    case 'enum':
      return `a comma-separated list of ${(definition.values ?? []).join(', ')}`
  }
}

function parseNumber(definition: NumberSetting | ListSetting, text: string): number | null {
  const trimmed = text.trim()
  const isFloat = definition.type === 'float' || (definition.type === 'list' && definition.items === 'float')
  const pattern = isFloat ? /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/ : /^[+-]?\d+$/
  if (!pattern.test(trimmed)) return null
  const value = Number(trimmed)
  if (!(isFloat ? Number.isFinite(value) : Number.isSafeInteger(value))) return null
  const { min, max } = boundsOf(definition)
  if (min !== null && value < min) return null
  return max !== null && value > max ? null : value
}

function parseEnum(definition: EnumSetting | ListSetting, text: string): string | null {
  const wanted = text.trim().toLowerCase()
  const value = (definition.values ?? []).find((candidate) => candidate.toLowerCase() === wanted)
  if (value !== undefined) return value
  const alias = Object.entries(definition.aliases ?? {}).find(([spelling]) => spelling.toLowerCase() === wanted)
  return alias === undefined ? null : alias[1]
}

function parseItems(definition: ListSetting, texts: readonly string[]): ParsedValue {
  const items: (string | number)[] = []
  for (const text of texts.map((item) => item.trim())) {
    // A trailing comma, or an empty variable, gives no item.
    if (text === '') continue
    const item = parseItem(definition, text)
    if (item === null) return bad(definition, text)
    items.push(item)
  }
  return good(Object.freeze(items))
}

function parseItem(definition: ListSetting, text: string): string | number | null {
  switch (definition.items ?? 'string') {
    case 'string':
      return text
    case 'enum':
      return parseEnum(definition, text)
    case 'integer':
    case 'float':
      return parseNumber(definition, text)
  }
}

function good(value: SettingValue): ParsedValue {
  return { isBad: false, value }
}

function bad(definition: SettingDefinition, given: string | null): ParsedValue {
  const isShown = given !== null && definition.type !== 'secret'
  const cut = isShown && given.length > SHOWN_CHARACTERS_MAX ? `${given.slice(0, SHOWN_CHARACTERS_MAX)}…` : given
  return { isBad: true, given: isShown ? JSON.stringify(cut) : null, expected: describeExpected(definition) }
}

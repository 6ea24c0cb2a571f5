import {
  envName,
  propertyName,
  type SettingDefinition,
  type SettingDefinitions,
  type SettingRule,
  type SettingsTable,
} from './definition.ts'
import { describeExpected, parseValue } from './value.ts'

export interface SettingsTableOptions<D extends SettingDefinitions> {
  readonly tool: string
  readonly summary: string
  readonly examples?: readonly string[]
  readonly envPrefix: string
  readonly definitions: D
  readonly rules?: readonly SettingRule<keyof D & string>[]
}

/**
 * Makes the table of a tool. A mistake in the table itself (two keys with one variable, a default out of its range) is a
 * TypeError at start-up, which a tool's first test sees.
 */
export function defineSettings<const D extends SettingDefinitions>(options: SettingsTableOptions<D>): SettingsTable<D> {
  const table: SettingsTable<D> = Object.freeze({
    tool: options.tool,
    summary: options.summary,
    examples: options.examples ?? [],
    envPrefix: options.envPrefix,
    definitions: options.definitions,
    rules: options.rules ?? [],
  })
  checkNames(table)
  for (const [key, definition] of Object.entries(table.definitions)) {
    checkFields(key, definition)
    checkDefault(key, definition)
  }
  return table
}

/** Names that flags use for themselves. */
const RESERVED_KEYS: readonly string[] = ['config', 'help', 'h', 'version']
const KEY_PATTERN = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
const FIELDS_EVERYWHERE = ['type', 'description', 'group', 'env', 'required', 'default']
const FIELDS_BY_TYPE: Readonly<Record<SettingDefinition['type'], readonly string[]>> = {
  string: [],
  path: [],
  integer: ['min', 'max', 'unit'],
  float: ['min', 'max', 'unit'],
  duration_ms: ['min', 'max', 'unit'],
  port: ['min', 'max', 'unit'],
  boolean: [],
  enum: ['values', 'aliases'],
  list: ['items', 'values', 'aliases', 'min', 'max', 'unit'],
  secret: [],
}

function checkNames(table: SettingsTable): void {
  const seen = new Map<string, string>()
  const claim = (name: string, key: string): void => {
    const other = seen.get(name)
    if (other !== undefined)
      throw new TypeError(`settings of ${table.tool}: ${key} and ${other} share the name ${name}`)
    seen.set(name, key)
  }
  for (const [key, definition] of Object.entries(table.definitions)) {
    if (!KEY_PATTERN.test(key)) throw new TypeError(`settings of ${table.tool}: key ${key} is not snake_case`)
    if (RESERVED_KEYS.includes(key)) throw new TypeError(`settings of ${table.tool}: ${key} is a flag of every tool`)
    claim(`property ${propertyName(key)}`, key)
    claim(`variable ${envName(table, key)}`, key)
    claim(`key ${key}`, key)
    if (definition.type !== 'secret') continue
    claim(`variable ${envName(table, key)}_FILE`, key)
    claim(`key ${key}_file`, key)
  }
  for (const key of table.rules.flatMap((rule) => rule.keys)) {
    if (!Object.hasOwn(table.definitions, key)) {
      throw new TypeError(`settings of ${table.tool}: a rule names the unknown key ${key}`)
    }
  }
}

function checkFields(key: string, definition: SettingDefinition): void {
  const allowed = FIELDS_BY_TYPE[definition.type]
  if (allowed === undefined) throw new TypeError(`setting ${key}: unknown type ${definition.type}`)
  for (const field of Object.keys(definition)) {
    if (!FIELDS_EVERYWHERE.includes(field) && !allowed.includes(field)) {
      throw new TypeError(`setting ${key}: ${definition.type} has no field ${field}`)
    }
  }
  const needsValues = definition.type === 'enum' || (definition.type === 'list' && definition.items === 'enum')
  if (needsValues && (definition.values ?? []).length === 0) throw new TypeError(`setting ${key}: values are missing`)
  const standsFor = needsValues ? Object.values(definition.aliases ?? {}) : []
  if (needsValues && standsFor.some((value) => !(definition.values ?? []).includes(value))) {
    throw new TypeError(`setting ${key}: an alias stands for none of the values`)
  }
}

/** A default goes through the parser, as what a user writes does. */
function checkDefault(key: string, definition: SettingDefinition): void {
  const given = definition.default
  if (given == null || definition.type === 'secret') return
  const parsed = parseValue(definition, typeof given === 'object' ? given.map(String) : String(given))
  // As JSON, which compares lists by content and tells '1' from 1.
  const isSame = !parsed.isBad && JSON.stringify(parsed.value) === JSON.stringify(given)
  if (!isSame) throw new TypeError(`setting ${key}: its default is not ${describeExpected(definition)}`)
}

import { readFileSync } from 'node:fs'
import { SettingsError, type SettingsProblem } from '../errors.ts'
import {
  envName,
  flagName,
  knownKeys,
  propertyName,
  type SettingDefinition,
  type SettingDefinitions,
  type SettingRule,
  type SettingsOf,
  type SettingsTable,
} from './definition.ts'
import { nearestName } from './nearest-name.ts'
import { Secret } from './secret.ts'
import { describeExpected, parseValue, type RawValue, type SettingValue } from './value.ts'
import { readYaml, type YamlEntry, type YamlInput } from './yaml-source.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface LoadSettingsOptions<D extends SettingDefinitions> {
  readonly settings: SettingsTable<D>
  readonly yaml?: YamlInput
  readonly env?: Environment
  /** Texts by YAML key, as `parseFlags` gives them; `KEY_file` for the file of a secret. */
  readonly flags?: Readonly<Record<string, string>>
  /** Reads the file that a secret's twin names. */
  readonly readFile?: (path: string) => string
}

/** An environment variable with the table's prefix that no setting has: another tool's, or a typing error. */
export interface SettingsWarning {
  readonly variable: string
  /** Known variable of nearly the same name. */
  readonly nearest: string | null
  readonly message: string
}

export interface LoadedSettings<D extends SettingDefinitions = SettingDefinitions> {
  /** Frozen. */
  readonly settings: SettingsOf<D>
  /** Where each property came from: `FILE:LINE`, a variable, a flag, or `default`. */
  readonly sources: Readonly<Record<keyof SettingsOf<D> & string, string>>
  readonly warnings: readonly SettingsWarning[]
}

/**
 * Settings by precedence: defaults, then the file, the environment, the flags. An empty variable is not set, except for
 * texts, secrets and lists, where empty is a value.
 *
 * @throws SettingsError with every problem found: CONFIG_BAD_FILE, CONFIG_UNKNOWN_KEY (file and flags), CONFIG_BAD_VALUE,
 * CONFIG_MISSING_KEY, CONFIG_CONFLICT (a secret and its file in one source, a rule of the table).
 */
export function loadSettings<D extends SettingDefinitions>(options: LoadSettingsOptions<D>): LoadedSettings<D> {
  const loader = new Loader(options)
  for (const [key, definition] of Object.entries(options.settings.definitions)) loader.load(key, definition)
  for (const rule of options.settings.rules) loader.check(rule)
  const [first, ...rest] = loader.problems
  if (first !== undefined) throw new SettingsError([first, ...rest])
  return {
    // The loop above filled exactly the properties that SettingsOf derives from the same definitions.
    settings: Object.freeze(Object.fromEntries(loader.values)) as SettingsOf<D>,
    sources: Object.freeze(Object.fromEntries(loader.sources)) as LoadedSettings<D>['sources'],
    warnings: environmentWarnings(options.settings, options.env ?? {}),
  }
}

/** One source's word on one key: a value, or the file that holds it. */
interface Candidate {
  readonly source: string
  readonly raw: RawValue | { readonly unsupported: string }
}

class Loader {
  readonly problems: SettingsProblem[] = []
  readonly values = new Map<string, SettingValue | null>()
  readonly sources = new Map<string, string>()
  readonly #table: SettingsTable
  readonly #yaml = new Map<string, Candidate>()
  readonly #env: Environment
  readonly #flags: Readonly<Record<string, string>>
  readonly #readFile: (path: string) => string

  constructor(options: LoadSettingsOptions<SettingDefinitions>) {
    this.#table = options.settings
    this.#env = options.env ?? {}
    this.#flags = options.flags ?? {}
    this.#readFile = options.readFile ?? ((path) => readFileSync(path, 'utf8'))
    const known = knownKeys(this.#table)
    for (const entry of options.yaml === undefined ? [] : readYaml(this.#table, options.yaml)) {
      if (!known.includes(entry.key)) this.#refuseUnknown(entry.key, entry.source, nearestName(entry.key, known))
      else this.#keepEntry(entry)
    }
    for (const key of Object.keys(this.#flags).filter((name) => !known.includes(name))) {
      const nearest = nearestName(key, known)
      this.#refuseUnknown(key, flagName(key), nearest === null ? null : flagName(nearest))
    }
  }

  load(key: string, definition: SettingDefinition): void {
    const property = propertyName(key)
    // Kept even where a problem follows, so that rules are checked against what was given.
    this.values.set(property, defaultOf(definition))
    this.sources.set(property, 'default')
    const candidate = this.#find(key, definition)
    if (candidate === null) {
      if (definition.required === true && definition.default === undefined) this.#refuseMissing(key, definition)
      return
    }
    this.sources.set(property, candidate.source)
    if (typeof candidate.raw === 'object' && 'unsupported' in candidate.raw) {
      this.#refuseValue(key, candidate.source, `${candidate.raw.unsupported} is not ${describeExpected(definition)}`)
      return
    }
    const parsed = parseValue(definition, candidate.raw)
    if (parsed.isBad) {
      this.#refuseValue(key, candidate.source, `${parsed.given ?? 'the value'} is not ${parsed.expected}`)
    } else {
      this.values.set(property, parsed.value)
    }
  }

  check(rule: SettingRule): void {
    const given = rule.keys.filter((key) => this.#isGiven(key))
    const missing = rule.keys.filter((key) => !given.includes(key))
    const sourceOf = (key: string): string => this.sources.get(propertyName(key)) ?? 'default'
    const listed = given.map((key) => `${key} (${sourceOf(key)})`).join(', ')
    const [firstGiven] = given
    const source = firstGiven === undefined ? null : sourceOf(firstGiven)
    const key = firstGiven ?? rule.keys[0] ?? null
    switch (rule.kind) {
      case 'all_or_none':
        if (given.length === 0 || missing.length === 0) return
        this.#refuseConflict(key, source, `${listed} given without ${missing.join(', ')}: give all of them or none`)
        return
      case 'at_most_one':
        if (given.length <= 1) return
        this.#refuseConflict(key, source, `${listed} exclude each other: give one of them`)
        return
      case 'at_least_one': {
        if (given.length > 0) return
        const message = `give at least one of ${rule.keys.join(', ')}`
        this.problems.push({ code: 'CONFIG_MISSING_KEY', key, source: null, message })
      }
    }
  }

  /** The word of the strongest source that has one. */
  #find(key: string, definition: SettingDefinition): Candidate | null {
    const variable = envName(this.#table, key)
    const flags = (name: string): Candidate | null => asCandidate(flagName(name), this.#flags[name])
    const env = (name: string): Candidate | null => asCandidate(name, this.#env[name])
    const yaml = (name: string): Candidate | null => this.#yaml.get(name) ?? null
    if (definition.type === 'secret') {
      return (
        this.#findSecret(key, flags(key), flags(`${key}_file`)) ??
        this.#findSecret(key, env(variable), env(`${variable}_FILE`)) ??
        this.#findSecret(key, yaml(key), yaml(`${key}_file`))
      )
    }
    const fromEnv = env(variable)
    const isUnset = fromEnv?.raw === '' && !EMPTY_IS_A_VALUE.includes(definition.type)
    return flags(key) ?? (isUnset ? null : fromEnv) ?? yaml(key)
  }

  #findSecret(key: string, value: Candidate | null, file: Candidate | null): Candidate | null {
    if (file === null || file.raw === '') return value
    if (value !== null && value.raw !== '') {
      const message = `${key} is given twice, by ${value.source} and by ${file.source}: give one of them`
      this.problems.push({ code: 'CONFIG_CONFLICT', key, source: value.source, message })
      return value
    }
    if (typeof file.raw !== 'string') return { source: file.source, raw: { unsupported: 'what names the file' } }
    try {
      // Editors and `echo` end a file with a line end that is no part of the password.
      return { source: file.source, raw: this.#readFile(file.raw).replace(/\r?\n$/, '') }
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      return { source: file.source, raw: { unsupported: `the unreadable file ${JSON.stringify(file.raw)}${reason}` } }
    }
  }

  #keepEntry(entry: YamlEntry): void {
    if (entry.value !== null) this.#yaml.set(entry.key, { source: entry.source, raw: entry.value })
  }

  #isGiven(key: string): boolean {
    const property = propertyName(key)
    if (this.sources.get(property) === 'default') return false
    const value = this.values.get(property) ?? null
    if (value instanceof Secret) return value.reveal() !== ''
    return Array.isArray(value) ? value.length > 0 : value !== ''
  }

  #refuseUnknown(key: string, source: string, nearest: string | null): void {
    const hint = nearest === null ? '' : `; did you mean ${nearest}?`
    const message = source.startsWith('--') ? `unknown flag ${source}${hint}` : `unknown key ${key} (${source})${hint}`
    this.problems.push({ code: 'CONFIG_UNKNOWN_KEY', key, source, message })
  }

  #refuseValue(key: string, source: string, what: string): void {
    this.problems.push({ code: 'CONFIG_BAD_VALUE', key, source, message: `${key} (${source}): ${what}` })
  }

  #refuseMissing(key: string, definition: SettingDefinition): void {
    const variable = envName(this.#table, key)
    const twin = definition.type === 'secret' ? `, ${variable}_FILE` : ''
    const message = `${key} is missing: give it in the file, as ${variable}${twin} or by ${flagName(key)}`
    this.problems.push({ code: 'CONFIG_MISSING_KEY', key, source: null, message })
  }

  #refuseConflict(key: string | null, source: string | null, message: string): void {
    this.problems.push({ code: 'CONFIG_CONFLICT', key, source, message })
  }
}

const EMPTY_IS_A_VALUE: readonly SettingDefinition['type'][] = ['string', 'path', 'secret', 'list']

function asCandidate(source: string, text: string | undefined): Candidate | null {
  return text === undefined ? null : { source, raw: text }
}

function defaultOf(definition: SettingDefinition): SettingValue | null {
  if (definition.type === 'list') return Object.freeze([...(definition.default ?? [])])
  if (definition.type === 'secret') return definition.default == null ? null : new Secret(definition.default)
  return definition.default ?? null
}

function environmentWarnings(table: SettingsTable, env: Environment): SettingsWarning[] {
  const known = Object.entries(table.definitions).flatMap(([key, definition]) => {
    const variable = envName(table, key)
    return definition.type === 'secret' ? [variable, `${variable}_FILE`] : [variable]
  })
  known.push(`${table.envPrefix}CONFIG`)
  return Object.keys(env)
    .filter((variable) => variable.startsWith(table.envPrefix) && !known.includes(variable))
    .sort()
    .map((variable) => {
      const nearest = nearestName(variable, known)
      const hint = nearest === null ? '' : `; did you mean ${nearest}?`
      return { variable, nearest, message: `${variable} is no setting of ${table.tool}${hint}` }
    })
}

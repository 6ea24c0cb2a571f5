import type { Secret } from './secret.ts'

interface SettingBase {
  /** One sentence for `--help` and the reference page. */
  readonly description: string
  /** Heading under which help and reference page list the key. */
  readonly group?: string
  /** Environment variable where it is not the table's prefix and the key in upper case. */
  readonly env?: string
  /** A required key must be given by some source; an empty string counts as given. */
  readonly required?: boolean
}

export interface TextSetting extends SettingBase {
  readonly type: 'string' | 'path'
  readonly default?: string | null
}

export interface NumberSetting extends SettingBase {
  readonly type: 'integer' | 'float' | 'duration_ms' | 'port'
  readonly default?: number | null
  /** Smallest value allowed, inclusive. Where absent: 1 for a port, 0 for a duration. */
  readonly min?: number
  /** Largest value allowed, inclusive. Where absent: 65535 for a port. */
  readonly max?: number
  /** For help only: `requests/s`, `bytes`. A duration is in ms by its type. */
  readonly unit?: string
}

export interface BooleanSetting extends SettingBase {
  readonly type: 'boolean'
  readonly default?: boolean | null
}

export interface EnumSetting extends SettingBase {
  readonly type: 'enum'
  /** Spellings that the program sees; any case is accepted. */
  readonly values: readonly string[]
  /** Further accepted spellings, each with the value it stands for. */
  readonly aliases?: Readonly<Record<string, string>>
  readonly default?: string | null
}

export interface ListSetting extends SettingBase {
  readonly type: 'list'
  /** `string` where absent. */
  readonly items?: 'string' | 'integer' | 'float' | 'enum'
  readonly values?: readonly string[]
  readonly aliases?: Readonly<Record<string, string>>
  /** Bounds of each number. */
  readonly min?: number
  readonly max?: number
  readonly unit?: string
  /** The empty list where absent. */
  readonly default?: readonly (string | number)[]
}

/** Also read from a file that `KEY_file`, `ENV_FILE` or `--key-file` names. */
export interface SecretSetting extends SettingBase {
  readonly type: 'secret'
  readonly default?: string | null
}

export type SettingDefinition = TextSetting | NumberSetting | BooleanSetting | EnumSetting | ListSetting | SecretSetting

/** Definitions by YAML key (snake_case). */
export type SettingDefinitions = Readonly<Record<string, SettingDefinition>>

/** What holds between keys. A key counts as given when a source names it with a value that is not empty. */
export interface SettingRule<K extends string = string> {
  readonly kind: 'all_or_none' | 'at_most_one' | 'at_least_one'
  readonly keys: readonly K[]
}

/** The settings of one tool: the one place its keys, variables, flags, types, defaults and help come from. */
export interface SettingsTable<D extends SettingDefinitions = SettingDefinitions> {
  /** Name of the command, as help and error lines print it. */
  readonly tool: string
  /** One sentence on what the tool does. */
  readonly summary: string
  /** Command lines that help shows first. */
  readonly examples: readonly string[]
  /** Put before the upper-cased key to give the environment variable: `ZDM_`. */
  readonly envPrefix: string
  readonly definitions: D
  readonly rules: readonly SettingRule[]
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : S

type ItemOf<S> = S extends { readonly items: 'integer' | 'float' }
  ? number
  : S extends { readonly items: 'enum'; readonly values: readonly (infer V)[] }
    ? V
    : string

type ValueOf<S> = S extends { readonly type: 'integer' | 'float' | 'duration_ms' | 'port' }
  ? number
  : S extends { readonly type: 'boolean' }
    ? boolean
    : S extends { readonly type: 'enum'; readonly values: readonly (infer V)[] }
      ? V
      : S extends { readonly type: 'list' }
        ? readonly ItemOf<S>[]
        : S extends { readonly type: 'secret' }
          ? Secret
          : string

type Present<S> = S extends { readonly required: true } | { readonly type: 'list' }
  ? ValueOf<S>
  : S extends { readonly default: string | number | boolean }
    ? ValueOf<S>
    : ValueOf<S> | null

/**
 * The loaded settings of a table, or of its definitions: `proxy_listen_port` is `settings.proxyListenPort`. Optional
 * keys without a default may be null; lists are never null.
 */
export type SettingsOf<T> =
  T extends SettingsTable<infer D>
    ? { readonly [K in keyof D & string as CamelCase<K>]: Present<D[K]> }
    : { readonly [K in keyof T & string as CamelCase<K>]: Present<T[K]> }

/** `proxy_listen_port` as the property `proxyListenPort`. */
export function propertyName(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Environment variable of a key. */
export function envName(table: SettingsTable, key: string): string {
  return table.definitions[key]?.env ?? table.envPrefix + key.toUpperCase()
}

/** `proxy_listen_port` as the flag `--proxy-listen-port`. */
export function flagName(key: string): string {
  return `--${key.replaceAll('_', '-')}`
}

/** Keys a user may write: those of the table and the `_file` twins of its secrets. */
export function knownKeys(table: SettingsTable): string[] {
  return Object.entries(table.definitions).flatMap(([key, definition]) =>
    definition.type === 'secret' ? [key, `${key}_file`] : [key],
  )
}

/** Smallest and largest number allowed, inclusive; null where the table sets no bound. */
export function boundsOf(definition: NumberSetting | ListSetting): { min: number | null; max: number | null } {
  const min = definition.type === 'port' ? 1 : definition.type === 'duration_ms' ? 0 : null
  const max = definition.type === 'port' ? 65_535 : null
  return { min: definition.min ?? min, max: definition.max ?? max }
}

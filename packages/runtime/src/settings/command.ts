import { readFileSync } from 'node:fs'
import { SettingsError } from '../errors.ts'
import type { SettingDefinitions, SettingsTable } from './definition.ts'
import { describeSettings } from './describe.ts'
import { parseFlags } from './flags.ts'
import { type Environment, type LoadedSettings, loadSettings } from './load.ts'
import type { YamlInput } from './yaml-source.ts'

export interface ReadCommandOptions<D extends SettingDefinitions> {
  readonly settings: SettingsTable<D>
  /** Printed by `--version`, after the tool's name. */
  readonly version: string
  /** Without the interpreter and the script. */
  readonly argv: readonly string[]
  readonly env: Environment
  /** Reads the settings file and the files of secrets. */
  readonly readFile?: (path: string) => string
}

/** `print`: `--help` or `--version` was asked; write the text to stdout and end with 0. */
export type Command<D extends SettingDefinitions = SettingDefinitions> =
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'run'; readonly loaded: LoadedSettings<D> }

/**
 * From a command line to settings: flags, the file named by `--config` or PREFIX_CONFIG, the environment.
 *
 * @throws SettingsError as `parseFlags` and `loadSettings` do, and CONFIG_BAD_FILE when the file cannot be read.
 */
export function readCommand<const D extends SettingDefinitions>(options: ReadCommandOptions<D>): Command<D> {
  const { settings, env } = options
  const readFile = options.readFile ?? ((path: string) => readFileSync(path, 'utf8'))
  const parsed = parseFlags(options.argv, settings)
  if (parsed.isHelpAsked) return { kind: 'print', text: describeSettings(settings) }
  if (parsed.isVersionAsked) return { kind: 'print', text: `${settings.tool} ${options.version}\n` }
  const variable = `${settings.envPrefix}CONFIG`
  const file = parsed.configFile ?? env[variable] ?? ''
  const source = parsed.configFile === null ? variable : '--config'
  const yaml = file === '' ? {} : { yaml: readSettingsFile(file, source, readFile) }
  return { kind: 'run', loaded: loadSettings({ settings, env, flags: parsed.flags, readFile, ...yaml }) }
}

function readSettingsFile(file: string, source: string, readFile: (path: string) => string): YamlInput {
  try {
    return { text: readFile(file), file }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot read the settings file ${file} (${source}): ${reason}`
    throw new SettingsError([{ code: 'CONFIG_BAD_FILE', key: null, source, message }], { cause: error })
  }
}

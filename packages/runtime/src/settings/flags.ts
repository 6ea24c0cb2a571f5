import { SettingsError, type SettingsProblem } from '../errors.ts'
import { flagName, knownKeys, type SettingsTable } from './definition.ts'
import { nearestName } from './nearest-name.ts'

export interface ParsedFlags {
  /** Texts by YAML key, for `loadSettings`. Of a flag given twice the last counts. */
  readonly flags: Readonly<Record<string, string>>
  /** Of `-config FILE`. */
  readonly configFile: string | null
  readonly isHelpAsked: boolean
  readonly isVersionAsked: boolean
  /** Arguments that are no flags, in order. */
  readonly positionals: readonly string[]
}

export interface ParseFlagsOptions {
  /** What to do with arguments that are no flags: `refuse` (default) or `collect`. After `--` all are such. */
  readonly positionals?: 'refuse' | 'collect'
}

/**
 * Reads a command line as Go's flag package does (`-key value`, `-key=value`, one dash or two), with dashes or
 * underscores in names. A boolean flag alone is true; `false` or `true` may follow it. Values are not parsed here.
 *
 * @throws SettingsError CONFIG_UNKNOWN_KEY for unknown flags and refused arguments (whose text is not shown: it may be
 * half of a password), CONFIG_BAD_VALUE for a flag without its value.
 */
export function parseFlags(
  argv: readonly string[],
  settings: SettingsTable,
  options: ParseFlagsOptions = {},
): ParsedFlags {
  const flags: Record<string, string> = {}
  const positionals: string[] = []
  const problems: SettingsProblem[] = []
  const known = knownKeys(settings)
  let configFile: string | null = null
  let isHelpAsked = false
  let isVersionAsked = false
  let isAfterFlags = false

  let index = 0
  while (index < argv.length) {
    const argument = argv[index++] ?? ''
    if (argument === '--' && !isAfterFlags) {
      isAfterFlags = true
      continue
    }
    const match: RegExpExecArray | null = isAfterFlags ? null : /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(argument)
    if (match === null) {
      if (options.positionals !== 'collect') problems.push(unexpectedArgument(index))
      positionals.push(argument)
      continue
    }
    const typed = argument.split('=', 1)[0] ?? ''
    const key = (match[1] ?? '').replaceAll('-', '_')
    let value = match[2]
    if (key === 'help' || key === 'h') {
      isHelpAsked = true
    } else if (key === 'version') {
      isVersionAsked = true
    } else if (key !== 'config' && !known.includes(key)) {
      problems.push(unknownFlag(key, typed, nearestName(key, [...known, 'config', 'help', 'version'])))
      // What follows is most likely its value, and no second mistake.
      if (value === undefined && !(argv[index] ?? '-').startsWith('-')) index++
    } else if (settings.definitions[key]?.type === 'boolean') {
      if (value === undefined && /^(true|false)$/i.test(argv[index] ?? '')) value = argv[index++]
      flags[key] = value ?? 'true'
    } else {
      if (value === undefined && !isKnownFlag(argv[index], known)) value = argv[index++]
      if (value === undefined) problems.push(missingValue(key, typed))
      else if (key === 'config') configFile = value
      else flags[key] = value
    }
  }
  const [first, ...rest] = problems
  // Whoever asks for help gets it, whatever else is wrong with the line.
  if (first !== undefined && !isHelpAsked) throw new SettingsError([first, ...rest])
  return { flags, configFile, isHelpAsked, isVersionAsked, positionals }
}

/** A value may start with a dash (`-1`, a password); only what is a flag of this tool counts as the next flag. */
function isKnownFlag(argument: string | undefined, known: readonly string[]): boolean {
  const match = /^--([A-Za-z][\w-]*)(=|$)/.exec(argument ?? '')
  return match !== null && [...known, 'config', 'help', 'version'].includes((match[1] ?? '').replaceAll('-', '_'))
}

function unexpectedArgument(position: number): SettingsProblem {
  const message = `argument ${position} is no flag: every setting is given as --key value`
  return { code: 'CONFIG_UNKNOWN_KEY', key: null, source: `argument ${position}`, message }
}

function unknownFlag(key: string, typed: string, nearest: string | null): SettingsProblem {
  const hint = nearest === null ? '; --help lists the flags' : `; did you mean ${flagName(nearest)}?`
  return { code: 'CONFIG_UNKNOWN_KEY', key, source: typed, message: `unknown flag ${typed}${hint}` }
}

function missingValue(key: string, typed: string): SettingsProblem {
  return { code: 'CONFIG_BAD_VALUE', key, source: typed, message: `${typed} needs a value` }
}

import { envName, flagName, type SettingDefinition, type SettingsTable } from './definition.ts'
import { describeExpected } from './value.ts'

const OTHER_GROUP = 'Settings'
const HELP_COLUMNS = 100

/** The `--help` text: usage, examples, then every flag with its type, range, default and variable, by group. */
export function describeSettings(settings: SettingsTable): string {
  const lines = [settings.summary, '', 'Usage:', `  ${settings.tool} [--config FILE] [--key value ...]`]
  if (settings.examples.length > 0) lines.push('', 'Examples:', ...settings.examples.map((line) => `  ${line}`))
  lines.push('', 'A flag wins over the environment, the environment over the file (YAML, same keys with underscores).')
  for (const [group, definitions] of byGroup(settings)) {
    lines.push('', `${group}:`)
    for (const [key, definition] of definitions) {
      lines.push(`  ${flagName(key)} ${placeholder(definition)}`.trimEnd())
      lines.push(...wrap(definition.description, '      '))
      const facts = [describeExpected(definition) + unitSuffix(definition), describeDefault(definition)]
      const variables = definition.type === 'secret' ? ` or ${envName(settings, key)}_FILE` : ''
      lines.push(...wrap(`${facts.join('; ')}; env ${envName(settings, key)}${variables}`, '      '))
    }
  }
  lines.push(
    '',
    'Everywhere:',
    `  --config FILE   settings file, also by ${settings.envPrefix}CONFIG`,
    '  --version       print the version',
    '  --help          print this text',
  )
  return `${lines.join('\n')}\n`
}

/** The reference page: one Markdown table per group. */
export function settingsMarkdown(settings: SettingsTable): string {
  const lines = [`# Settings of ${settings.tool}`, '', settings.summary]
  for (const [group, definitions] of byGroup(settings)) {
    lines.push('', `## ${group}`, '')
    lines.push('| key | environment | value | default | meaning |', '| --- | --- | --- | --- | --- |')
    for (const [key, definition] of definitions) {
      const variable = envName(settings, key)
      const isSecret = definition.type === 'secret'
      const cells = [
        isSecret ? `\`${key}\`, \`${key}_file\`` : `\`${key}\``,
        isSecret ? `\`${variable}\`, \`${variable}_FILE\`` : `\`${variable}\``,
        describeExpected(definition) + unitSuffix(definition),
        markdownDefault(definition),
        definition.description,
      ]
      lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    }
  }
  return `${lines.join('\n')}\n`
}

function byGroup(settings: SettingsTable): Map<string, [string, SettingDefinition][]> {
  const groups = new Map<string, [string, SettingDefinition][]>()
  for (const entry of Object.entries(settings.definitions)) {
    const group = entry[1].group ?? OTHER_GROUP
    const members = groups.get(group)
    if (members === undefined) groups.set(group, [entry])
    else members.push(entry)
  }
  return groups
}

function placeholder(definition: SettingDefinition): string {
  switch (definition.type) {
    case 'string':
    case 'secret':
      return 'TEXT'
    case 'path':
      return 'FILE'
    case 'integer':
    case 'float':
      return 'NUMBER'
    case 'duration_ms':
      return 'MS'
    case 'port':
      return 'PORT'
    case 'boolean':
      return ''
    case 'enum':
      return 'NAME'
    case 'list':
      return 'LIST'
  }
}

function unitSuffix(definition: SettingDefinition): string {
  return 'unit' in definition && definition.unit !== undefined ? `, ${definition.unit}` : ''
}

function describeDefault(definition: SettingDefinition): string {
  const text = defaultText(definition)
  if (text === null) return definition.required === true ? 'required' : 'no default'
  return text === '' ? 'empty by default' : `default ${text}`
}

function markdownDefault(definition: SettingDefinition): string {
  const text = defaultText(definition)
  if (text === null) return definition.required === true ? 'required' : '–'
  return text === '' ? 'empty' : `\`${text}\``
}

function defaultText(definition: SettingDefinition): string | null {
  if (definition.type === 'list') {
    return definition.default === undefined && definition.required === true
      ? null
      : (definition.default ?? []).join(',')
  }
  if (definition.default == null) return null
  return definition.type === 'secret' ? '[redacted]' : String(definition.default)
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line !== indent && line.length + 1 + word.length > HELP_COLUMNS) {
      lines.push(line)
      line = indent
    }
    line += line === indent ? word : ` ${word}`
  }
  lines.push(line)
  return lines
}

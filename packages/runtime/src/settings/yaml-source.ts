import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import { SettingsError, type SettingsProblem } from '../errors.ts'
import type { SettingDefinition, SettingsTable } from './definition.ts'
import type { RawValue } from './value.ts'

/** Text of a YAML file and the name under which messages mention it. */
export interface YamlInput {
  readonly text: string
  readonly file: string
}

/** One top-level entry of the file. */
export interface YamlEntry {
  readonly key: string
  /** `FILE:LINE` of the key. */
  readonly source: string
  /** Null for an empty value, which leaves the default; `unsupported` for a map or a nested list. */
  readonly value: RawValue | null | { readonly unsupported: string }
}

/**
 * Reads a flat YAML map into entries, in file order. Texts are taken as written (`007` stays `007` for a string);
 * numbers in YAML's other spellings (`0x10`, `1e3`) are turned to decimal for number settings.
 *
 * @throws CONFIG_BAD_FILE when the text is not one YAML map. The parser's own messages quote the file, which may hold
 * passwords, so only its code and the line are passed on.
 */
export function readYaml(table: SettingsTable, { text, file }: YamlInput): YamlEntry[] {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent' })
  const lineOf = (offset: number): number => lineCounter.linePos(offset).line
  if (!Array.isArray(documents)) return []
  const problems = documents.flatMap((document) =>
    document.errors.map((error) => fileProblem(`${file}:${lineOf(error.pos[0])}`, `is not valid YAML (${error.code})`)),
  )
  throwIfAny(problems)
  const [document, second] = documents
  if (document === undefined || document.contents === null) return []
  if (second !== undefined) throwIfAny([fileProblem(file, 'holds several YAML documents; one is expected')])
  const root = document.contents
  if (isScalar(root) && root.value === null) return []
  if (!isMap(root)) throw new SettingsError([fileProblem(file, 'is not a map of settings (lines of `key: value`)')])
  return root.items.map((pair) => {
    const key = readKey(pair.key)
    const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
    const value = readValue(document, pair.value, table.definitions[key])
    return { key, source: `${file}:${lineOf(offset)}`, value }
  })
}

/** `{password:hunter2}` has one key and no value. What cannot be a key is not shown. */
function readKey(node: unknown): string {
  const text = isScalar(node) ? String(node.value) : ''
  return /^[\w.-]{1,80}$/.test(text) ? text : '?'
}

function readValue(document: Document, node: unknown, definition: SettingDefinition | undefined): YamlEntry['value'] {
  const target = isAlias(node) ? node.resolve(document) : node
  if (target === null) return null
  if (isScalar(target)) return scalarText(target, definition)
  if (!isSeq(target)) return { unsupported: isMap(target) ? 'a map' : 'an alias without its anchor' }
  const texts: string[] = []
  for (const item of target.items) {
    const text = isScalar(item) ? scalarText(item, definition) : null
    if (text === null) return { unsupported: 'a list with an item that is not a plain value' }
    texts.push(text)
  }
  return texts
}

function scalarText(scalar: Scalar, definition: SettingDefinition | undefined): string | null {
  if (scalar.value === null) return null
  if (typeof scalar.value === 'number' && wantsNumbers(definition)) return String(scalar.value)
  return scalar.source ?? String(scalar.value)
}

function wantsNumbers(definition: SettingDefinition | undefined): boolean {
  if (definition?.type === 'list') return definition.items === 'integer' || definition.items === 'float'
  return definition !== undefined && NUMBER_TYPES.includes(definition.type)
}

const NUMBER_TYPES: readonly SettingDefinition['type'][] = ['integer', 'float', 'duration_ms', 'port']

function fileProblem(source: string, what: string): SettingsProblem {
  return { code: 'CONFIG_BAD_FILE', key: null, source, message: `${source} ${what}` }
}

function throwIfAny(problems: readonly SettingsProblem[]): void {
  const [first, ...rest] = problems
  if (first !== undefined) throw new SettingsError([first, ...rest])
}

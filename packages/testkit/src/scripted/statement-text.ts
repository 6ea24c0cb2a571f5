// The little that a scripted server has to see in a statement to answer it plausibly. No parser: tests prime the rest.

/** A table as a statement names it. */
export interface TableName {
  keyspace: string | null
  table: string | null
}

const NAME = String.raw`"(?:[^"]|"")+"|\w+`

/** The first table after FROM, INTO, UPDATE or TABLE. */
export function findTable(text: string): TableName {
  const pattern = new RegExp(
    String.raw`\b(?:FROM|INTO|UPDATE|TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?)\s+(${NAME})(?:\s*\.\s*(${NAME}))?`,
    'i',
  )
  const [, first, second] = pattern.exec(text) ?? []
  if (first === undefined) return { keyspace: null, table: null }
  if (second === undefined) return { keyspace: null, table: unquote(first) }
  return { keyspace: unquote(first), table: unquote(second) }
}

/** The keyspace of a USE, or null. */
export function findUse(text: string): string | null {
  const name = new RegExp(String.raw`^\s*USE\s+(${NAME})\s*;?\s*$`, 'i').exec(text)?.[1]
  return name === undefined ? null : unquote(name)
}

/** What a CREATE, ALTER or DROP of a keyspace or a table changes, or null. */
export function findSchemaChange(
  text: string,
): { changeType: string; keyspace: string | null; table: string | null } | null {
  const pattern = new RegExp(
    String.raw`^\s*(CREATE|ALTER|DROP)\s+(KEYSPACE|TABLE)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(${NAME})(?:\s*\.\s*(${NAME}))?`,
    'i',
  )
  const [, verb = '', target = '', first, second] = pattern.exec(text) ?? []
  if (first === undefined) return null
  const changeType = { CREATE: 'CREATED', ALTER: 'UPDATED', DROP: 'DROPPED' }[verb.toUpperCase()] ?? 'UPDATED'
  if (target.toUpperCase() === 'KEYSPACE') return { changeType, keyspace: unquote(first), table: null }
  if (second === undefined) return { changeType, keyspace: null, table: unquote(first) }
  return { changeType, keyspace: unquote(first), table: unquote(second) }
}

/** The names of the bind markers in their order; `?` has the name `v` and its place. */
export function findMarkers(text: string): string[] {
  const code = text.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|--[^\n]*|\/\/[^\n]*|\/\*.*?\*\//gs, ' ')
  return [...code.matchAll(/\?|:([a-zA-Z]\w*)/g)].map(([, name], index) => name ?? `v${index}`)
}

/** Whether it is a SELECT. */
export function isSelect(text: string): boolean {
  return /^\s*SELECT\b/i.test(text)
}

/** A name as the server knows it: folded to lower case unless it is quoted. */
function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}

import type { Row } from '@zdmkit/cluster'
import type { Session } from '../../src/worker.ts'
import { TABLES, type TableName } from '../../src/workload/tables.ts'
import { parameterOf, type Value, valueOfCell } from '../../src/workload/value.ts'

export interface Sent {
  readonly cql: string
  readonly params: readonly unknown[]
  readonly prepare: boolean
}

type Cells = Map<string, Value>

/** Keeps rows as a cluster would, for the statements that the simulator sends and no others. */
export class FakeDatabase implements Session {
  readonly sent: Sent[] = []
  isClosed = false
  /** Called before each statement; what it throws is the answer. */
  onExecute: (sent: Sent) => void | Promise<void> = () => {}
  readonly #rows = new Map<string, Cells>()

  async execute(
    cql: string,
    params: readonly unknown[] = [],
    options: { readonly prepare?: boolean } = {},
  ): Promise<Row[]> {
    const sent = { cql, params, prepare: options.prepare ?? false }
    this.sent.push(sent)
    await this.onExecute(sent)
    return this.run(cql, params)
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  get rowCount(): number {
    return this.#rows.size
  }

  /** Deletes behind the simulator's back every row whose table and key hold the text; gives how many. */
  lose(text: string): number {
    const names = [...this.#rows.keys()].filter((name) => name.includes(text))
    for (const name of names) this.#rows.delete(name)
    return names.length
  }

  run(cql: string, params: readonly unknown[]): Row[] {
    const bound = params[Symbol.iterator]()
    const take = (term: string): Value => {
      if (term === '?') return valueOfCell(bound.next().value)
      return term === 'toTimestamp(now())' ? '2000-01-01T00:00:00.000Z' : literalValue(term)
    }
    const pairs = (texts: string[]): [string, Value][] =>
      texts.map((text) => {
        const at = text.indexOf('=')
        return [text.slice(0, at).trim(), take(text.slice(at + 1).trim())]
      })
    const insert = /^INSERT INTO "\w+"\.(\w+) \((.*?)\) VALUES \((.*)\)(?: USING TTL \d+)?$/.exec(cql)
    if (insert) {
      const values = split(insert[3] ?? '', ',').map(take)
      const names = split(insert[2] ?? '', ',')
      this.#set(
        insert[1],
        names.map((name, i) => [name, values[i] ?? null]),
      )
      return []
    }
    const update = /^UPDATE "\w+"\.(\w+) SET (.*) WHERE (.*)$/.exec(cql)
    if (update) {
      this.#set(update[1], [...pairs(split(update[2] ?? '', ',')), ...pairs(split(update[3] ?? '', ' AND '))])
      return []
    }
    const remove = /^DELETE FROM "\w+"\.(\w+) WHERE (.*)$/.exec(cql)
    if (remove) {
      this.#rows.delete(rowName(remove[1], new Map(pairs(split(remove[2] ?? '', ' AND ')))))
      return []
    }
    if (cql.includes('COUNT(*)')) return [{ count: BigInt(this.#users().length) }]
    if (cql.includes('LIMIT 10')) return this.#users().slice(0, 10).map(toRow)
    if (cql.includes("status = 'active' LIMIT 5")) {
      return this.#users()
        .filter((row) => row.get('status') === 'active')
        .slice(0, 5)
        .map(toRow)
    }
    const select = /^SELECT (.*) FROM "\w+"\.(\w+) WHERE (.*)$/.exec(cql)
    if (!select) throw new Error(`the fake does not know: ${cql}`)
    const row = this.#rows.get(rowName(select[2], new Map(pairs(split(select[3] ?? '', ' AND ')))))
    if (!row) return []
    const { types } = TABLES[select[2] as TableName]
    return [
      Object.fromEntries(
        split(select[1] ?? '', ',').map((name) => [name, parameterOf(types[name] ?? 'text', row.get(name) ?? null)]),
      ),
    ]
  }

  #set(table: string | undefined, values: readonly [string, Value][]): void {
    const name = rowName(table, new Map(values))
    const row = this.#rows.get(name) ?? new Map<string, Value>()
    for (const [column, value] of values) row.set(column, value)
    this.#rows.set(name, row)
  }

  #users(): Cells[] {
    return [...this.#rows].filter(([name]) => name.startsWith('users ')).map(([, row]) => row)
  }
}

function toRow(cells: Cells): Row {
  return Object.fromEntries(cells)
}

function rowName(table: string | undefined, values: Cells): string {
  return `${table} ${TABLES[table as TableName].key.map((column) => `${column}=${String(values.get(column))}`).join(' ')}`
}

/** Splits outside of quotes and brackets. */
function split(text: string, separator: string): string[] {
  const parts = ['']
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === "'") isQuoted = !isQuoted
    if (!isQuoted && '[{('.includes(char)) depth++
    if (!isQuoted && ')}]'.includes(char)) depth--
    if (!isQuoted && depth === 0 && text.startsWith(separator, i)) {
      parts.push('')
      i += separator.length - 1
    } else {
      parts[parts.length - 1] += char
    }
  }
  return parts.map((part) => part.trim())
}

function literalValue(term: string): Value {
  const unquote = (text: string): string => text.replace(/^'|'$/g, '').replaceAll("''", "'")
  if (term === 'null') return null
  if (term.startsWith('[')) return split(term.slice(1, -1), ',').map(unquote)
  if (term.startsWith('{')) {
    return Object.fromEntries(
      split(term.slice(1, -1), ',').map((pair) => {
        const [key = '', value = ''] = split(pair, ':')
        return [unquote(key), unquote(value)]
      }),
    )
  }
  return unquote(term)
}

import { createHash } from 'node:crypto'
import type { ColumnSpec } from '@zdmkit/protocol'
import { type ColumnInput, columnSpecs } from './cell.ts'
import { type FrameReply, type PreparedDescription, reply } from './reply.ts'
import { matchesText } from './request.ts'
import { findMarkers, findTable, isSelect } from './statement-text.ts'

/** One prepared statement. */
export interface PreparedStatement {
  id: Buffer
  text: string
  answer: FrameReply
  /** Of the rows that its execution gives. */
  columns: readonly ColumnSpec[]
}

/** The statements that a server has prepared, for all its connections. */
export class PreparedTable {
  readonly #serverName: string
  readonly #byId = new Map<string, PreparedStatement>()
  readonly #descriptions: { pattern: string | RegExp; description: PreparedDescription }[] = []

  constructor(serverName: string) {
    this.#serverName = serverName
  }

  /** Texts that fit are described like this; the latest description wins. */
  describe(pattern: string | RegExp, description: PreparedDescription): void {
    this.#descriptions.unshift({ pattern, description })
  }

  /** The id depends on the server's name too: two servers give two ids for one text, as two releases do. */
  prepare(text: string, keyspace: string | null): PreparedStatement {
    const id = createHash('md5')
      .update(`${this.#serverName}\0${keyspace ?? ''}\0${text}`)
      .digest()
    const given = this.#descriptions.find(({ pattern }) => matchesText(pattern, text))?.description ?? {}
    const named = findTable(text)
    const markers: readonly ColumnInput[] = findMarkers(text).map((name) => `${name} blob`)
    const variables = given.variables ?? markers
    const description = {
      variables,
      pkIndices: given.pkIndices ?? (variables.length > 0 ? [0] : []),
      columns: given.columns ?? (isSelect(text) ? ['value blob'] : []),
      keyspace: given.keyspace ?? named.keyspace ?? keyspace ?? 'ks',
      table: given.table ?? named.table ?? 't',
    }
    const columns = columnSpecs(description.columns, description.keyspace, description.table)
    const statement = { id, text, answer: reply.prepared(id, description), columns }
    this.#byId.set(id.toString('hex'), statement)
    return statement
  }

  find(id: Buffer): PreparedStatement | null {
    return this.#byId.get(id.toString('hex')) ?? null
  }

  /** Forgets the statements that fit, or all. */
  forget(pattern?: string | RegExp): void {
    for (const [key, { text }] of this.#byId) {
      if (pattern === undefined || matchesText(pattern, text)) this.#byId.delete(key)
    }
  }
}

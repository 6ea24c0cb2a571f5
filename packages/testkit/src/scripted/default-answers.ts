// What a scripted server answers when a test says nothing else.

import { ErrorCode, ProtocolVersion } from '@zdmkit/protocol'
import type { PreparedTable } from './prepared-table.ts'
import { type FrameReply, type Reply, reply } from './reply.ts'
import type { ReceivedRequest, RequestOf } from './request.ts'
import type { ScriptedConnection } from './scripted-connection.ts'
import { findSchemaChange, findTable, findUse, isSelect } from './statement-text.ts'
import { answerSystemSelect, type ServerDescription } from './system-tables.ts'

/** A name and a password, or a judge of tokens, who also sees those of the rounds before. */
export type ScriptedAuth =
  | { username: string; password: string }
  | ((token: Buffer, tokens: readonly Buffer[]) => boolean)

/** What the defaults depend on. */
export interface DefaultContext {
  description: ServerDescription
  prepared: PreparedTable
  auth: ScriptedAuth | null
  /** The class name in AUTHENTICATE. */
  authenticator: string
  /** Tokens of AUTH_CHALLENGE, one for each round before the last. */
  challenges: readonly Buffer[]
  /** The keyspaces that USE knows, or null: all. */
  keyspaces: readonly string[] | null
}

/** The default answer to a request; keeps the connection's state as a server does. */
export function answerByDefault(
  request: ReceivedRequest,
  connection: ScriptedConnection,
  context: DefaultContext,
): Reply {
  switch (request.type) {
    case 'query':
      return answerText(request.text, connection, context)
    case 'execute':
      return answerExecute(request, connection, context)
    case 'batch':
      return findUnprepared(request, context) ?? reply.void()
    case 'prepare':
      return context.prepared.prepare(request.message.query, connection.keyspace).answer
    case 'startup':
      return answerStartup(request, connection, context)
    case 'authResponse':
      return answerAuth(request, connection, context)
    case 'options':
      return reply.supported(supportedOptions(context.description.version))
    case 'register':
      for (const type of request.message.eventTypes) connection.eventTypes.add(type)
      return reply.ready()
  }
}

/** `3/v3`, `4/v4`, as servers list them. */
export function versionNames(highest: number): string[] {
  return Object.values(ProtocolVersion)
    .filter((version) => version <= highest)
    .map((version) => `${version}/v${version}`)
}

function answerStartup(request: RequestOf<'startup'>, connection: ScriptedConnection, context: DefaultContext): Reply {
  const { options } = request.message
  const compression = options['COMPRESSION']
  if (compression !== undefined && compression !== '') {
    return reply.error(ErrorCode.PROTOCOL_ERROR, `Unknown compression algorithm: ${compression}`)
  }
  connection.startupOptions = options
  connection.version = request.version
  connection.stage = context.auth === null ? 'ready' : 'authenticating'
  return context.auth === null ? reply.ready() : reply.authenticate(context.authenticator)
}

function answerAuth(
  request: RequestOf<'authResponse'>,
  connection: ScriptedConnection,
  context: DefaultContext,
): Reply {
  const token = request.message.token ?? Buffer.alloc(0)
  const round = connection.authTokens.push(token) - 1
  const challenge = context.challenges[round]
  if (challenge !== undefined) return reply.authChallenge(challenge)
  const { auth } = context
  const isRight = typeof auth === 'function' ? auth(token, connection.authTokens) : isPlain(token, auth)
  if (!isRight) {
    connection.authTokens.length = 0
    return reply.error(ErrorCode.BAD_CREDENTIALS, 'Provided username and/or password are incorrect')
  }
  connection.stage = 'ready'
  return reply.authSuccess(null)
}

/** SASL PLAIN: authorization id, NUL, name, NUL, password. */
function isPlain(token: Buffer, auth: { username: string; password: string } | null): boolean {
  const [, username, password] = token.toString().split('\0')
  return auth !== null && username === auth.username && password === auth.password
}

function answerExecute(request: RequestOf<'execute'>, connection: ScriptedConnection, context: DefaultContext): Reply {
  const statement = context.prepared.find(request.message.id)
  if (statement === null) return unprepared(request.message.id)
  const table = statement.columns[0]
  if (table === undefined || !isSelect(statement.text)) return answerText(statement.text, connection, context)
  const system = answerSystemSelect(statement.text, connection.keyspace, context.description)
  return system ?? reply.rows(statement.columns, [], { keyspace: table.keyspace, table: table.table })
}

/** The first id of a batch that is not known here, as its answer. */
export function findUnprepared(request: ReceivedRequest, context: DefaultContext): FrameReply | null {
  if (request.type === 'execute')
    return context.prepared.find(request.message.id) ? null : unprepared(request.message.id)
  if (request.type !== 'batch') return null
  for (const statement of request.message.statements) {
    if ('id' in statement && context.prepared.find(statement.id) === null) return unprepared(statement.id)
  }
  return null
}

function unprepared(id: Buffer): FrameReply {
  return reply.error(ErrorCode.UNPREPARED, `Prepared query with ID ${id.toString('hex')} not found`, { id })
}

function answerText(text: string, connection: ScriptedConnection, context: DefaultContext): Reply {
  const used = findUse(text)
  if (used !== null) return answerUse(used, connection, context)
  if (isSelect(text)) {
    const system = answerSystemSelect(text, connection.keyspace, context.description)
    if (system !== null) return system
    const { keyspace, table } = findTable(text)
    return reply.rows(['value blob'], [], { keyspace: keyspace ?? connection.keyspace ?? 'ks', table: table ?? 't' })
  }
  const change = findSchemaChange(text)
  if (change === null) return reply.void()
  const { changeType } = change
  const keyspace = change.keyspace ?? connection.keyspace ?? 'ks'
  if (change.table === null) return reply.schemaChange({ changeType, target: 'KEYSPACE', keyspace })
  return reply.schemaChange({ changeType, target: 'TABLE', keyspace, name: change.table })
}

function answerUse(keyspace: string, connection: ScriptedConnection, context: DefaultContext): Reply {
  if (context.keyspaces !== null && !context.keyspaces.includes(keyspace)) {
    return reply.error(ErrorCode.INVALID, `Keyspace '${keyspace}' does not exist`)
  }
  connection.keyspace = keyspace
  return reply.setKeyspace(keyspace)
}

function supportedOptions(version: number): Record<string, string[]> {
  return { CQL_VERSION: ['3.4.5'], COMPRESSION: [], PROTOCOL_VERSIONS: versionNames(version) }
}

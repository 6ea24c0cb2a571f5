import {
  authResponse,
  batch,
  Consistency,
  ErrorCode,
  execute,
  HeaderFlag,
  Opcode,
  options,
  prepare,
  query,
  type RowsResult,
  register,
  startup,
  supported,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { hex, type ReceivedRequest, reply, ScriptedServer } from '../../src/index.ts'
import { errorOf, RawClient, resultOf } from '../support/raw-client.ts'

const parameters = { consistency: Consistency.ONE }

describe('ScriptedServer', () => {
  it('says which versions it speaks', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.connect(server)
    const answer = await client.ask(options, {}, { stream: 7 })
    expect(answer.header).toMatchObject({ version: 4, isResponse: true, stream: 7, opcode: Opcode.SUPPORTED })
    expect(supported.decode(answer.body, 4).options['PROTOCOL_VERSIONS']).toStrictEqual(['3/v3', '4/v4'])
  })

  it('is ready after a STARTUP', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.connect(server)
    const answer = await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } }, { version: 3 })
    expect(answer.header).toMatchObject({ version: 3, opcode: Opcode.READY })
  })

  it('refuses a version above its own on stream 0 with its own version, and stays open', async () => {
    await using server = await ScriptedServer.start({ version: 3 })
    await using client = await RawClient.connect(server)
    client.socket.write(hex('04 00 0005 05 00000000'))
    const answer = await client.next()
    expect(answer.header).toMatchObject({ version: 3, stream: 0 })
    expect(errorOf(answer)).toStrictEqual({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'Invalid or unsupported protocol version (4); supported versions are (3/v3)',
    })
    expect((await client.ask(options, {}, { version: 3 })).header.opcode).toBe(Opcode.SUPPORTED)
    expect(server.violations).toStrictEqual([])
  })

  it('refuses compression', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.connect(server)
    const answer = await client.ask(startup, { options: { CQL_VERSION: '3.0.0', COMPRESSION: 'lz4' } })
    expect(errorOf(answer)).toMatchObject({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'Unknown compression algorithm: lz4',
    })
  })

  it('takes no statement before STARTUP', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.connect(server)
    const answer = await client.ask(query, { query: 'SELECT a FROM b', parameters })
    expect(errorOf(answer).message).toBe('Unexpected message QUERY, expecting STARTUP or OPTIONS')
    expect(server.requests).toStrictEqual([])
    expect(server.violations).toHaveLength(1)
  })

  it('answers system.local with all columns, with some, and counts', async () => {
    await using server = await ScriptedServer.start({ clusterName: 'C', dataCenter: 'dc1', releaseVersion: '5.0.5' })
    await using client = await RawClient.ready(server)
    const all = rowsOf(await client.ask(query, { query: "SELECT * FROM system.local WHERE key='local'", parameters }))
    const columns = all.metadata.columns?.map(({ name }) => name) ?? []
    expect(columns).toContain('host_id')
    expect(columns).toContain('rpc_port')
    expect(String(all.rows[0]?.[columns.indexOf('cluster_name')])).toBe('C')
    const some = rowsOf(
      await client.ask(query, { query: 'SELECT data_center, release_version FROM system.local', parameters }),
    )
    expect(some.rows.map((row) => row.map(String))).toStrictEqual([['dc1', '5.0.5']])
    const count = rowsOf(await client.ask(query, { query: 'select count(*) from system.local', parameters }))
    expect(count.rows).toStrictEqual([[hex('0000000000000001')]])
    const wrong = await client.ask(query, { query: 'SELECT nope FROM system.local', parameters })
    expect(errorOf(wrong)).toMatchObject({
      code: ErrorCode.INVALID,
      message: 'Undefined column name nope in table system.local',
    })
  })

  it('tells of its peers', async () => {
    await using server = await ScriptedServer.start({ peers: [{ address: '127.0.0.2', dataCenter: 'dc2' }] })
    await using client = await RawClient.ready(server)
    const peers = rowsOf(await client.ask(query, { query: 'SELECT peer, data_center FROM system.peers', parameters }))
    expect(peers.rows).toStrictEqual([[hex('7f 00 00 02'), Buffer.from('dc2')]])
    const v2 = rowsOf(await client.ask(query, { query: 'SELECT native_address FROM system.peers_v2', parameters }))
    expect(v2.rows).toStrictEqual([[hex('7f000002')]])
  })

  it('has no peers_v2 in a release before 4.0', async () => {
    await using server = await ScriptedServer.start({ releaseVersion: '3.11.19' })
    await using client = await RawClient.ready(server)
    const answer = await client.ask(query, { query: 'SELECT * FROM system.peers_v2', parameters })
    expect(errorOf(answer).message).toBe('unconfigured table peers_v2')
  })

  it('asks for a password and judges it', async () => {
    await using server = await ScriptedServer.start({ auth: { username: 'u', password: 'p' } })
    await using client = await RawClient.connect(server)
    expect((await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } })).header.opcode).toBe(Opcode.AUTHENTICATE)
    const early = await client.ask(query, { query: 'SELECT a FROM b', parameters })
    expect(errorOf(early).message).toBe('Unexpected message QUERY, expecting AUTH_RESPONSE')
    const wrong = await client.ask(authResponse, { token: Buffer.from('\0u\0x') })
    expect(errorOf(wrong).code).toBe(ErrorCode.BAD_CREDENTIALS)
    expect((await client.ask(authResponse, { token: Buffer.from('\0u\0p') })).header.opcode).toBe(Opcode.AUTH_SUCCESS)
    expect((await client.ask(query, { query: 'SELECT a FROM b', parameters })).header.opcode).toBe(Opcode.RESULT)
  })

  it('challenges as many rounds as it was told', async () => {
    await using server = await ScriptedServer.start({
      authenticator: 'com.example.Authenticator',
      challenges: [Buffer.from('PLAIN-START')],
      auth: (token, tokens) => tokens.length === 2 && token.equals(Buffer.from('\0u\0p')),
    })
    await using client = await RawClient.connect(server)
    const first = await client.ask(startup, { options: { CQL_VERSION: '3.0.0' } })
    expect(first.body.subarray(2).toString()).toBe('com.example.Authenticator')
    const challenge = await client.ask(authResponse, { token: Buffer.from('PLAIN') })
    expect(challenge.header.opcode).toBe(Opcode.AUTH_CHALLENGE)
    expect(challenge.body.subarray(4).toString()).toBe('PLAIN-START')
    expect((await client.ask(authResponse, { token: Buffer.from('\0u\0p') })).header.opcode).toBe(Opcode.AUTH_SUCCESS)
  })

  it('gives prepared ids that depend on its name, and describes variables', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    const text = "SELECT b FROM ks1.t1 WHERE a = ? AND c = ':no'"
    const ids: string[] = []
    for (const server of [origin, target]) {
      await using client = await RawClient.ready(server)
      const prepared = resultOf(await client.ask(prepare, { query: text }))
      if (prepared.kind !== 'prepared') throw new Error(prepared.kind)
      ids.push(prepared.id.toString('hex'))
      expect(prepared.variables).toStrictEqual({
        pkIndices: [0],
        globalTable: { keyspace: 'ks1', table: 't1' },
        columns: [{ keyspace: 'ks1', table: 't1', name: 'v0', type: { kind: 'blob' } }],
      })
    }
    expect(new Set(ids).size).toBe(2)
  })

  it('describes prepared statements as it was told, without key places in v3', async () => {
    await using server = await ScriptedServer.start()
    server.describePrepared(/INSERT INTO users/, { variables: ['id uuid', 'tags set<text>'], pkIndices: [0] })
    await using client = await RawClient.ready(server, 3)
    const prepared = resultOf(
      await client.ask(prepare, { query: 'INSERT INTO users (id, tags) VALUES (?, ?)' }, { version: 3 }),
    )
    if (prepared.kind !== 'prepared') throw new Error(prepared.kind)
    expect(prepared.variables.pkIndices).toStrictEqual([])
    expect(prepared.variables.columns.map(({ type }) => type)).toStrictEqual([
      { kind: 'uuid' },
      { kind: 'set', element: { kind: 'varchar' } },
    ])
  })

  it('answers an id it does not know, or has forgotten, with UNPREPARED', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    const unknown = errorOf(await client.ask(execute, { id: hex('beef'), parameters }))
    expect(unknown).toMatchObject({ code: ErrorCode.UNPREPARED, id: hex('beef') })
    const prepared = resultOf(await client.ask(prepare, { query: 'UPDATE t SET a = ? WHERE b = 1' }))
    if (prepared.kind !== 'prepared') throw new Error(prepared.kind)
    const id = Buffer.from(prepared.id)
    expect(resultOf(await client.ask(execute, { id, parameters }))).toStrictEqual({ kind: 'void' })
    expect(server.find(/UPDATE t/).map(({ type }) => type)).toStrictEqual(['execute'])
    server.forgetPrepared(/UPDATE/)
    expect(errorOf(await client.ask(execute, { id, parameters })).code).toBe(ErrorCode.UNPREPARED)
    const statements = [{ id, values: [] }]
    const inBatch = await client.ask(batch, { type: 0, statements, consistency: Consistency.ONE })
    expect(errorOf(inBatch).code).toBe(ErrorCode.UNPREPARED)
  })

  it('moves a connection to the keyspace of USE, and knows only those it was given', async () => {
    await using server = await ScriptedServer.start({ keyspaces: ['training', 'Quoted'] })
    await using client = await RawClient.ready(server)
    const used = resultOf(await client.ask(query, { query: 'USE Training', parameters }))
    expect(used).toStrictEqual({ kind: 'set_keyspace', keyspace: 'training' })
    expect(server.connections[0]?.keyspace).toBe('training')
    await client.ask(query, { query: 'USE "Quoted"', parameters })
    expect(server.connections[0]?.keyspace).toBe('Quoted')
    expect(server.requests.at(-1)?.keyspace).toBe('training')
    expect(errorOf(await client.ask(query, { query: 'USE nope', parameters }))).toMatchObject({
      code: ErrorCode.INVALID,
      message: "Keyspace 'nope' does not exist",
    })
  })

  it('tells of a schema change where a statement makes one', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    const answer = resultOf(
      await client.ask(query, { query: 'CREATE TABLE IF NOT EXISTS a.b (c int PRIMARY KEY)', parameters }),
    )
    expect(answer).toStrictEqual({
      kind: 'schema_change',
      change: { changeType: 'CREATED', target: 'TABLE', keyspace: 'a', name: 'b' },
    })
  })

  it('answers by the latest prime that fits, as often as it was told', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    const general = server.prime(/SELECT/, reply.rows(['n int'], [[1]]))
    server.prime('SELECT n FROM t', reply.error(ErrorCode.OVERLOADED), { times: 1 })
    expect(errorOf(await client.ask(query, { query: 'SELECT n FROM t', parameters })).code).toBe(ErrorCode.OVERLOADED)
    const second = rowsOf(await client.ask(query, { query: 'SELECT n FROM t', parameters }))
    expect(second.rows).toStrictEqual([[hex('00000001')]])
    expect(general.requests).toHaveLength(1)
    general.remove()
    expect(rowsOf(await client.ask(query, { query: 'SELECT n FROM t', parameters })).rows).toStrictEqual([])
  })

  it('answers by the handler of a type, which may leave it to the rest', async () => {
    await using server = await ScriptedServer.start()
    server.on('query', (request, next) => (request.message.query === 'mine' ? reply.setKeyspace('handled') : next()))
    await using client = await RawClient.ready(server)
    expect(resultOf(await client.ask(query, { query: 'mine', parameters }))).toMatchObject({ keyspace: 'handled' })
    expect(resultOf(await client.ask(query, { query: 'DELETE FROM t', parameters }))).toStrictEqual({ kind: 'void' })
  })

  it('answers with errors of every code', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    for (const code of Object.values(ErrorCode)) {
      server.prime('x', reply.error(code, 'as told'))
      expect(errorOf(await client.ask(query, { query: 'x', parameters }))).toMatchObject({ code, message: 'as told' })
    }
    expect(server.violations).toStrictEqual([])
  })

  it('leaves out the columns where the request allows it', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    server.prime(/SELECT/, reply.rows(['n int', 's text'], [[1, null]]))
    const answer = rowsOf(
      await client.ask(query, { query: 'SELECT', parameters: { ...parameters, skipMetadata: true } }),
    )
    expect(answer.metadata).toStrictEqual({ columnCount: 2, pagingState: null, columns: null })
    expect(answer.rows).toStrictEqual([[hex('00000001'), null]])
  })

  it('serves pages, and rejects a paging state that is not its own', async () => {
    await using server = await ScriptedServer.start({ name: 'origin' })
    await using client = await RawClient.ready(server)
    server.primePages(/SELECT/, { columns: ['n int'], pages: [[[1], [2]], [], [[3]]] })
    const seen: number[] = []
    let pagingState: Buffer | undefined
    do {
      const more = pagingState ? { ...parameters, pagingState } : parameters
      const page = rowsOf(await client.ask(query, { query: 'SELECT n FROM t', parameters: more }))
      seen.push(...page.rows.map((row) => row[0]?.readInt32BE() ?? -1))
      pagingState = page.metadata.pagingState ?? undefined
    } while (pagingState)
    expect(seen).toStrictEqual([1, 2, 3])
    const foreign = { ...parameters, pagingState: hex('0102') }
    expect(errorOf(await client.ask(query, { query: 'SELECT n FROM t', parameters: foreign }))).toMatchObject({
      code: ErrorCode.PROTOCOL_ERROR,
      message: 'Invalid value for the paging state',
    })
  })

  it('holds what fits until the gate is released, and answers the rest meanwhile', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    const gate = server.hold(/INSERT/)
    client.send(query, { query: 'INSERT 1', parameters }, { stream: 1 })
    client.send(query, { query: 'INSERT 2', parameters }, { stream: 2 })
    expect((await client.ask(query, { query: 'SELECT', parameters }, { stream: 3 })).header.stream).toBe(3)
    await gate.arrived(2)
    expect(gate.waiting.map(({ text }) => text)).toStrictEqual(['INSERT 1', 'INSERT 2'])
    gate.release(1)
    expect((await client.next()).header.stream).toBe(1)
    gate.release()
    expect((await client.next()).header.stream).toBe(2)
    expect((await client.ask(query, { query: 'INSERT 3', parameters })).header.opcode).toBe(Opcode.RESULT)
  })

  it('never answers, closes, resets or writes garbage where it is told to', async () => {
    await using server = await ScriptedServer.start()
    server.prime('silence', 'silence')
    server.prime('close', 'close')
    server.prime('reset', 'reset')
    server.prime('garbage', reply.raw(hex('00 ff 00'), { thenClose: true }))
    server.prime('last', reply.with(reply.void(), { thenClose: true }))
    await using quiet = await RawClient.ready(server)
    quiet.send(query, { query: 'silence', parameters }, { stream: 5 })
    expect((await quiet.ask(options, {}, { stream: 6 })).header.stream).toBe(6)
    for (const text of ['close', 'reset']) {
      await using client = await RawClient.ready(server)
      await expect(client.ask(query, { query: text, parameters })).rejects.toThrow('closed the connection')
    }
    await using client = await RawClient.ready(server)
    client.send(query, { query: 'garbage', parameters })
    await client.closed
    expect(client.rest).toStrictEqual(hex('00ff00'))
    await using other = await RawClient.ready(server)
    expect((await other.ask(query, { query: 'last', parameters })).header.opcode).toBe(Opcode.RESULT)
    await other.closed
  })

  it('puts warnings, a payload and a tracing id before the message', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    server.prime('w', reply.with(reply.void(), { warnings: ['slow'], customPayload: { k: hex('01') } }))
    const answer = await client.ask(query, { query: 'w', parameters }, { flags: HeaderFlag.TRACING })
    expect(answer.prefix.warnings).toStrictEqual(['slow'])
    expect(answer.prefix.customPayload).toMatchObject({ k: hex('01') })
    expect(answer.prefix.tracingId).toMatch(/^[0-9a-f-]{36}$/)
    expect(resultOf(answer)).toStrictEqual({ kind: 'void' })
  })

  it('records each request with its bytes, its connection and its place among those of all servers', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    await using first = await RawClient.ready(origin)
    await using second = await RawClient.ready(target)
    await first.ask(query, { query: 'INSERT 1', parameters }, { stream: 9 })
    await second.ask(query, { query: 'INSERT 2', parameters })
    const [one] = await origin.received(/INSERT/)
    const [two] = await target.received(/INSERT/)
    expect(one).toMatchObject({ server: 'origin', connection: 1, type: 'query', text: 'INSERT 1', version: 4 })
    expect(one?.header).toMatchObject({ stream: 9, opcode: Opcode.QUERY })
    expect(one?.body).toStrictEqual(query.encode({ query: 'INSERT 1', parameters }, 4))
    expect(one?.frame.subarray(9)).toStrictEqual(one?.body)
    expect(orderOf(one)).toStrictEqual(orderOf(one).toSorted((a, b) => a - b))
    expect([...orderOf(one), ...orderOf(two)]).toStrictEqual(
      [...orderOf(one), ...orderOf(two)].toSorted((a, b) => a - b),
    )
  })

  it('counts what comes later as received, and gives up when it is stopped', async () => {
    const server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    const awaited = server.received((request) => request.type === 'options', 2)
    await client.ask(options, {})
    await client.ask(options, {})
    expect(await awaited).toHaveLength(2)
    const never = server.received('never')
    await server.stop()
    await expect(never).rejects.toMatchObject({ code: 'SCRIPTED_STOPPED' })
    await client.closed
  })

  it('pushes events to the connections that registered for them', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    await using _other = await RawClient.ready(server)
    await client.ask(register, { eventTypes: ['STATUS_CHANGE'] })
    const node = { address: '127.0.0.1', port: 9042 }
    expect(server.pushEvent({ kind: 'topology_change', changeType: 'NEW_NODE', node })).toBe(0)
    expect(server.pushEvent({ kind: 'status_change', changeType: 'UP', node })).toBe(1)
    expect((await client.next()).header).toMatchObject({ stream: -1, opcode: Opcode.EVENT })
  })

  it('notes a stream that is used again before its answer', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    const gate = server.hold(/x/)
    client.send(query, { query: 'x', parameters }, { stream: 1 })
    client.send(query, { query: 'x', parameters }, { stream: 1 })
    await gate.arrived(2)
    expect(server.violations).toStrictEqual([
      { connection: 1, problem: 'stream 1 is used while its last request has no answer' },
    ])
  })

  it('notes a body that is no such message, and answers it on stream 0', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    client.socket.write(hex('04 00 0009 07 00000001', '00'))
    expect((await client.next()).header).toMatchObject({ stream: 0, opcode: Opcode.ERROR })
    expect(server.violations).toHaveLength(1)
  })

  it('refuses compressed frames, other versions, negative streams, responses, unknown opcodes and monstrous bodies', async () => {
    await using server = await ScriptedServer.start()
    for (const bytes of [
      hex('04 01 0001 05 00000000' /* compressed */),
      hex('03 00 0001 05 00000000' /* another version than that of STARTUP */),
      hex('04 00 ffff 05 00000000' /* stream -1 */),
      hex('84 00 0001 05 00000000' /* a response */),
      hex('04 00 0001 55 00000000' /* no such opcode */),
      hex('04 00 0001 07 7fffffff' /* 2 GiB */),
    ]) {
      await using client = await RawClient.ready(server)
      client.socket.write(bytes)
      expect(errorOf(await client.next()).code).toBe(ErrorCode.PROTOCOL_ERROR)
    }
    expect(server.violations).toHaveLength(6)
  })

  it('makes of a script that fails an error and a violation', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    server.prime('x', () => {
      throw new Error('oops')
    })
    expect(errorOf(await client.ask(query, { query: 'x', parameters }))).toMatchObject({
      code: ErrorCode.SERVER_ERROR,
      message: 'the script failed: oops',
    })
    server.prime('x', reply.error(ErrorCode.WRITE_FAILURE))
    await using old = await RawClient.ready(server, 3)
    expect(errorOf(await old.ask(query, { query: 'x', parameters }, { version: 3 })).code).toBe(ErrorCode.SERVER_ERROR)
    expect(server.violations).toHaveLength(2)
  })

  it('kills its connections and goes on listening', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    server.killConnections()
    await client.closed
    await using _next = await RawClient.ready(server)
    expect(server.connections.map(({ number }) => number)).toStrictEqual([2])
  })

  it('comes back on the port that it had', async () => {
    const first = await ScriptedServer.start()
    await first.stop()
    await using second = await ScriptedServer.start({ port: first.port })
    expect(second.port).toBe(first.port)
  })

  it('reads nothing while it is told so', async () => {
    await using server = await ScriptedServer.start()
    await using client = await RawClient.ready(server)
    server.pauseReading()
    client.send(options, {})
    await using _other = await RawClient.ready(server)
    expect(server.requests.filter(({ type }) => type === 'options')).toStrictEqual([])
    server.resumeReading()
    expect((await client.next()).header.opcode).toBe(Opcode.SUPPORTED)
  })
})

function rowsOf(answer: Parameters<typeof resultOf>[0]): RowsResult {
  const decoded = resultOf(answer)
  if (decoded.kind !== 'rows') throw new Error(`rows were expected: ${decoded.kind}`)
  return decoded
}

function orderOf(request: ReceivedRequest | undefined): number[] {
  return [request?.sequence ?? 0, request?.answerSequence ?? 0]
}

// A request's whole way through the proxy without the network: off a chunk of the client, to one canned cluster or both, back and into
// the client's next write. What it costs beside system calls and Node's streams.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { CannedSocket } from './canned-socket.ts'
import type { TurnBench } from './harness.ts'
import {
  anonymous,
  ClientConnection,
  ClusterChannel,
  ControlConnection,
  createFunctionValues,
  createLogger,
  Deadlines,
  DualReads,
  Generations,
  Group,
  Groups,
  loadSettings,
  MonotonicMicros,
  ORIGIN,
  PreparedCache,
  type ProxyContext,
  ProxyMetrics,
  proxyOptions,
  proxySettings,
  type Side,
  StatementCache,
  TARGET,
  VirtualTables,
} from './inner-modules.ts'
import {
  executeRead,
  executeWrite,
  INSERT_TEXT,
  rowAnswer,
  SELECT_TEXT,
  simpleQuery,
  voidAnswer,
} from './sample-frames.ts'

const HEADER_BYTES = 9
const STATEMENTS_MAX = 2048
const FRAMES_PER_CHUNK = 256
const WRITE_ID = Buffer.alloc(16, 'W')
const READ_ID = Buffer.alloc(16, 'R')

/** One operation is one request answered. */
export function dispatchBenches(): TurnBench[] {
  const simpleInsert = simpleQuery("INSERT INTO bench.kv (k, v) VALUES (7, 'a value')")
  return [
    answered('dispatch: EXECUTE, read', ({ select }) => executeRead(select)),
    answered('dispatch: EXECUTE, dual write', ({ insert }) => executeWrite(insert)),
    answered('dispatch: EXECUTE, dual write without a timestamp', ({ insert }) => executeWrite(insert, null)),
    answered('dispatch: QUERY, dual write', () => simpleInsert),
  ]
}

/** The proxy's ids of the prepared statements. */
interface Ids {
  readonly select: Buffer
  readonly insert: Buffer
}

function answered(name: string, makeFrame: (ids: Ids) => Buffer): TurnBench {
  const context = makeContext()
  const frame = makeFrame(prepare(context))
  const client = makeClient(context)
  const socket = new CannedSocket()
  const connection = client(socket)
  let bytes = 0
  socket.onWrite = (written) => {
    bytes += written.length
  }
  const frames = Array.from({ length: FRAMES_PER_CHUNK }, (_, stream) => {
    const copy = Buffer.from(frame)
    copy.writeUInt16BE(stream, 2)
    return copy
  })
  const chunk = Buffer.concat(frames)
  return {
    name,
    step: FRAMES_PER_CHUNK,
    async runTurns(count) {
      for (let done = 0; done < count; done += FRAMES_PER_CHUNK) {
        socket.emit('data', chunk)
        // To the clusters at the end of this turn, to the client at the end of the next.
        while (connection.inFlight > 0) await nextTurn()
      }
      return bytes
    },
    close: () => {
      socket.destroy()
      connection.close()
      return Promise.resolve()
    },
  }
}

function makeContext(): ProxyContext {
  const { settings } = loadSettings({
    settings: proxySettings,
    env: {
      ZDM_ORIGIN_CONTACT_POINTS: '127.0.0.1',
      ZDM_TARGET_CONTACT_POINTS: '127.0.0.1',
      ZDM_METRICS_ENABLED: 'false',
    },
  })
  const options = proxyOptions(settings, 'bench')
  const log = createLogger({ name: 'bench', level: 'ERROR' })
  const micros = new MonotonicMicros()
  const controls: ProxyContext['controls'] = [
    new ControlConnection(ORIGIN, options, log),
    new ControlConnection(TARGET, options, log),
  ]
  return {
    options,
    log,
    metrics: new ProxyMetrics(options),
    generations: new Generations(options.routing, micros.next()),
    deadlines: new Deadlines(),
    prepared: new PreparedCache(options.preparedEntriesMax, options.preparedBytesMax),
    statements: new StatementCache(STATEMENTS_MAX),
    controls,
    groups: new Groups(),
    virtual: new VirtualTables(controls, () => {
      throw new Error('no bench reads system tables')
    }),
    dualReads: new DualReads(),
    micros,
    functionValues: createFunctionValues(),
    clients: new Set(),
    nowMs: performance.now(),
    clusterWriteTimeoutMs: options.clusterWriteTimeoutMs,
    isDraining: false,
  }
}

function prepare(context: ProxyContext): Ids {
  const select = context.prepared.obtain(SELECT_TEXT, null, null)
  const insert = context.prepared.obtain(INSERT_TEXT, null, null)
  for (const side of [ORIGIN, TARGET] as const) {
    select.ids[side] = READ_ID
    insert.ids[side] = WRITE_ID
  }
  return { select: select.id, insert: insert.id }
}

/** Makes clients that are logged in and share canned connections to both clusters. */
function makeClient(context: ProxyContext): (socket: CannedSocket) => ClientConnection {
  const group = new Group(context, { version: 4, keyspace: null, startupOptions: {}, identity: anonymous })
  for (const side of [ORIGIN, TARGET] as const) group.links[side].adopt(cannedCluster(context, side))
  return (socket) => {
    const client = new ClientConnection(context, socket, 0)
    client.version = 4
    client.enter(group)
    return client
  }
}

/** Answers EXECUTEs of the read with a row and everything else with VOID, one chunk for one write. */
function cannedCluster(context: ProxyContext, side: Side): ClusterChannel {
  const socket = new CannedSocket()
  const options = { version: 4, inFlightMax: 32768, bodyBytesMax: 1 << 28 }
  const channel = new ClusterChannel(socket, options, side, context.metrics.node(side, 'canned'))
  const row = rowAnswer()
  const nothing = voidAnswer()
  const answers = Buffer.alloc(FRAMES_PER_CHUNK * row.length)
  socket.onWrite = (written) => {
    const bytes = Buffer.from(written.buffer, written.byteOffset, written.length)
    let end = 0
    for (let at = 0; at < bytes.length; at += HEADER_BYTES + bytes.readUInt32BE(at + 5)) {
      const answer = bytes[at + 4] === 10 && bytes[at + 11] === READ_ID[0] ? row : nothing
      answers.set(answer, end)
      answers[end + 2] = bytes[at + 2] as number
      answers[end + 3] = bytes[at + 3] as number
      end += answer.length
    }
    context.nowMs = performance.now()
    channel.receive(answers.subarray(0, end))
  }
  return channel
}

// A bare dual-write relay: the baseline of the proxy benchmark, what Node can do when nothing else is done. Not a proxy: it trusts
// every byte, answers no failure, bounds nothing, counts nothing.
//
//   node bare-relay.mjs LISTEN_PORT ORIGIN_PORT TARGET_PORT [shared N | pairs]
//
// `shared`: N connections to each cluster for all clients, stream ids remapped. `pairs`: a pair for each client, as ZDM Proxy has it.
// Listen port 0 takes any; prints {"port":N} once it listens.

import net from 'node:net'

const [listenPort, originPort, targetPort] = process.argv.slice(2, 5).map(Number)
const mode = process.argv[5] ?? 'shared'
const sharedCount = Number(process.argv[6] ?? 1)

const EXECUTE = 10
const PREPARE = 9
const STREAMS = 32768
const STARTUP = Buffer.concat([
  Buffer.from([4, 0, 0, 0, 1, 0, 0, 0, 22, 0, 1, 0, 11]),
  Buffer.from('CQL_VERSION'),
  Buffer.from([0, 5]),
  Buffer.from('3.0.0'),
])

/** By the origin's prepared id as latin1: whether it reads, and the target's id. */
const prepared = new Map()

/** Calls `onFrame(buffer, start, end)` for each whole frame. */
class Framer {
  constructor(onFrame) {
    this.rest = null
    this.onFrame = onFrame
  }

  push(chunk) {
    const buffer = this.rest ? Buffer.concat([this.rest, chunk]) : chunk
    this.rest = null
    let at = 0
    const end = buffer.length
    while (end - at >= 9) {
      const bodyBytes = buffer.readUInt32BE(at + 5)
      if (end - at < 9 + bodyBytes) break
      this.onFrame(buffer, at, at + 9 + bodyBytes)
      at += 9 + bodyBytes
    }
    if (at < end) this.rest = at ? buffer.subarray(at) : buffer
  }
}

const dirty = []
let isScheduled = false

function flushAll() {
  isScheduled = false
  for (const out of dirty) {
    const queue = out.queue
    out.isDirty = false
    out.queue = []
    out.socket.write(queue.length === 1 ? queue[0] : Buffer.concat(queue))
  }
  dirty.length = 0
}

/** Gathers the frames for one socket and writes them once per event-loop turn. */
class Out {
  constructor(socket) {
    this.socket = socket
    this.queue = []
    this.isDirty = false
  }

  push(frame) {
    this.queue.push(frame)
    if (this.isDirty) return
    this.isDirty = true
    dirty.push(this)
    if (isScheduled) return
    isScheduled = true
    setImmediate(flushAll)
  }
}

/** One cluster connection with its own stream ids. */
class Upstream {
  constructor(port, isOrigin) {
    this.isOrigin = isOrigin
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.out = new Out(this.socket)
    this.pending = new Array(STREAMS).fill(null)
    this.free = Array.from({ length: STREAMS }, (_, i) => STREAMS - 1 - i)
    const framer = new Framer((buffer, start, end) => this.answer(buffer, start, end))
    this.socket.on('data', (chunk) => framer.push(chunk))
    this.socket.on('error', () => this.socket.destroy())
    // In pairs mode the client's own STARTUP comes through.
    if (mode !== 'shared') return
    // Never down to zero: its answer goes nowhere.
    this.pending[this.free.pop()] = { waiting: 9 }
    this.socket.write(STARTUP)
  }

  send(buffer, start, end, request, isCopied) {
    const stream = this.free.pop()
    const frame = isCopied ? Buffer.from(buffer.subarray(start, end)) : buffer.subarray(start, end)
    this.pending[stream] = request
    frame.writeUInt16BE(stream, 2)
    this.out.push(frame)
    return frame
  }

  answer(buffer, start, end) {
    const stream = buffer.readUInt16BE(start + 2)
    const request = this.pending[stream]
    const frame = buffer.subarray(start, end)
    this.pending[stream] = null
    this.free.push(stream)
    if (this.isOrigin) request.originReply = frame
    else request.targetReply = frame
    if (--request.waiting !== 0) return
    const reply = request.originReply
    if (request.query !== null) {
      const idBytes = reply.readUInt16BE(13)
      prepared.set(reply.latin1Slice(15, 15 + idBytes), {
        isRead: /^select/i.test(request.query),
        targetId: Buffer.from(request.targetReply.subarray(15, 15 + idBytes)),
      })
    }
    reply.writeUInt16BE(request.stream, 2)
    request.client.push(reply)
  }
}

const origins = []
const targets = []
if (mode === 'shared') {
  for (let i = 0; i < sharedCount; i++) {
    origins.push(new Upstream(originPort, true))
    targets.push(new Upstream(targetPort, false))
  }
}

let accepted = 0
const server = net.createServer({ noDelay: true }, (socket) => {
  const slot = accepted++ % sharedCount
  const client = new Out(socket)
  const origin = mode === 'shared' ? origins[slot] : new Upstream(originPort, true)
  const target = mode === 'shared' ? targets[slot] : new Upstream(targetPort, false)
  const framer = new Framer((buffer, start, end) => {
    const opcode = buffer[start + 4]
    const stream = buffer.readUInt16BE(start + 2)
    const request = { waiting: 1, stream, client, originReply: null, targetReply: null, query: null }
    if (opcode === EXECUTE) {
      const idBytes = buffer.readUInt16BE(start + 9)
      const entry = prepared.get(buffer.latin1Slice(start + 11, start + 11 + idBytes))
      if (!entry.isRead) {
        request.waiting = 2
        entry.targetId.copy(target.send(buffer, start, end, request, true), 11)
      }
      origin.send(buffer, start, end, request, false)
    } else if (opcode === PREPARE || mode === 'pairs') {
      request.waiting = 2
      if (opcode === PREPARE) request.query = buffer.toString('latin1', start + 13, end)
      target.send(buffer, start, end, request, true)
      origin.send(buffer, start, end, request, false)
    } else origin.send(buffer, start, end, request, false)
  })
  socket.on('data', (chunk) => framer.push(chunk))
  const close = () => {
    socket.destroy()
    if (mode === 'shared') return
    origin.socket.destroy()
    target.socket.destroy()
  }
  socket.on('error', close)
  socket.on('close', close)
})
server.listen({ port: listenPort, host: '127.0.0.1', backlog: 1024 }, () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`)
})

import { encodeFrame, HEADER_BYTES } from '@zdmkit/protocol'
import type { Channel, TransportError } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { Arrivals } from './support/arrivals.ts'
import { connectChannel, NotingSink } from './support/connected.ts'
import { hex } from './support/hex.ts'
import { seededRandom } from './support/random.ts'
import { RawServer } from './support/raw-server.ts'

function request(fill: number, bodyBytes: number = 20): Buffer {
  return encodeFrame({
    version: 4,
    isResponse: false,
    flags: 0,
    stream: 0,
    opcode: 7,
    body: Buffer.alloc(bodyBytes, fill),
  })
}

function answer(stream: number, fill: number = 0, bodyBytes: number = 4): Buffer {
  return encodeFrame({ version: 4, isResponse: true, flags: 0, stream, opcode: 8, body: Buffer.alloc(bodyBytes, fill) })
}

/** Reserves a stream and sends on it. */
function send(channel: Channel, sink: NotingSink, frame: Buffer = request(1)): number {
  const stream = channel.reserve()
  channel.send(stream, sink, frame, 0, frame.length)
  return stream
}

describe('Channel', () => {
  it('gives each answer to whoever waits on its stream, in whatever order they come', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const random = seededRandom(7)
    for (let round = 0; round < 5; round++) {
      const sinks = Array.from({ length: 200 }, () => new NotingSink())
      const streams = sinks.map((sink, i) => send(channel, sink, request(i)))
      expect(new Set(streams).size).toBe(200)
      expect(channel.inFlight).toBe(200)
      const requests = []
      for (let i = 0; i < 200; i++) requests.push(await peer.next())
      expect(requests.map(({ header, body }) => [header.stream, body[0]])).toStrictEqual(
        streams.map((stream, i) => [stream, i]),
      )
      const answers = requests.map(({ header, body }) => answer(header.stream, body[0], random(300)))
      const expected = answers.map((frame) => [frame.toString('hex')])
      while (answers.length > 0) peer.send(...answers.splice(random(answers.length), 1))
      for (const sink of sinks) await sink.called()
      expect(sinks.map((sink) => sink.answers)).toStrictEqual(expected)
      expect(channel.inFlight).toBe(0)
    }
    channel.close()
  })

  it('puts answers that come in parts together', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const sinks = [new NotingSink(), new NotingSink()]
    const answers = sinks.map((sink, i) => answer(send(channel, sink), i, 100_000))
    const bytes = Buffer.concat(answers)
    for (let at = 0; at < bytes.length; at += 30_011) {
      peer.send(bytes.subarray(at, at + 30_011))
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const sink of sinks) await sink.called()
    expect(sinks.map((sink) => sink.answers[0])).toStrictEqual(answers.map((frame) => frame.toString('hex')))
    channel.close()
  })

  it('has a stream free again when its answer is handed over', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server, { inFlightMax: 1 })
    const second = new NotingSink()
    const first = new NotingSink()
    first.alsoDo = () => send(channel, second, request(2))
    send(channel, first)
    expect(channel.reserve()).toBe(-1)
    peer.send(answer((await peer.next()).header.stream))
    peer.send(answer((await peer.next()).header.stream, 2))
    await second.called()
    expect(first.answers).toStrictEqual([answer(1).toString('hex')])
    expect(second.answers).toStrictEqual([answer(1, 2).toString('hex')])
    channel.close()
  })

  it('changes bytes of the frame sent last, in the copy only', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const frame = request(1)
    send(channel, new NotingSink(), frame)
    channel.patchSent(HEADER_BYTES + 1, hex('aabb'))
    send(channel, new NotingSink(), frame)
    expect((await peer.next()).body.subarray(0, 4)).toStrictEqual(hex('01aabb01'))
    expect((await peer.next()).body.subarray(0, 4)).toStrictEqual(hex('01010101'))
    expect(frame).toStrictEqual(request(1))
    channel.close()
  })

  it('says who the other side is', async () => {
    await using server = await RawServer.start()
    const { channel } = await connectChannel(server)
    expect(channel.peer).toBe(`127.0.0.1:${server.port}`)
    channel.close()
  })

  it('counts the bytes that the server has not taken', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    peer.socket.pause()
    send(channel, new NotingSink(), request(1, 8 * 2 ** 20))
    expect(channel.pendingBytes).toBeGreaterThan(8 * 2 ** 20)
    peer.socket.resume()
    await peer.next()
    channel.close()
  })
})

describe('reserve and release', () => {
  it('gives as many streams as were asked for, then -1', async () => {
    await using server = await RawServer.start()
    const { channel } = await connectChannel(server, { inFlightMax: 3 })
    const streams = [channel.reserve(), channel.reserve(), channel.reserve()]
    expect(streams.sort()).toStrictEqual([1, 2, 3])
    expect(channel.reserve()).toBe(-1)
    channel.release(1)
    expect(channel.inFlight).toBe(2)
    expect(channel.reserve()).toBe(1)
    channel.close()
  })

  it('gives none once the connection has ended', async () => {
    await using server = await RawServer.start()
    const { channel } = await connectChannel(server)
    const reserved = channel.reserve()
    channel.close()
    expect(channel.reserve()).toBe(-1)
    channel.release(reserved)
    expect(channel.reserve()).toBe(-1)
  })
})

describe('the streams of a channel', () => {
  it('are 1 to 32,767, whatever is asked for: others are negative on the wire', async () => {
    await using server = await RawServer.start()
    const { channel } = await connectChannel(server, { inFlightMax: 100_000 })
    const streams = Array.from({ length: 32_767 }, () => channel.reserve())
    expect([Math.min(...streams), Math.max(...streams), new Set(streams).size]).toStrictEqual([1, 32_767, 32_767])
    expect(channel.reserve()).toBe(-1)
    channel.close()
  })
})

describe('an answer on stream 0', () => {
  it('goes to the one request whose bytes only the server can check', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const innocent = new NotingSink()
    const suspect = Object.assign(new NotingSink(), { isSuspect: true })
    const innocentStream = send(channel, innocent)
    send(channel, suspect)
    peer.send(answer(0, 7))
    await suspect.called()
    expect(channel.inFlight).toBe(2)
    peer.send(answer(innocentStream))
    await innocent.called()
    expect(suspect.answers).toStrictEqual([answer(0, 7).toString('hex')])
    expect(innocent.answers).toStrictEqual([answer(innocentStream).toString('hex')])
    channel.close()
  })

  it('goes to nobody where it may be meant for several, and costs no other request its answer', async () => {
    await using server = await RawServer.start()
    const strays: string[] = []
    const onStray = (buffer: Buffer, start: number, end: number) => strays.push(buffer.toString('hex', start, end))
    const { channel, peer } = await connectChannel(server, { onStray })
    const sinks = [new NotingSink(), new NotingSink()]
    const streams = sinks.map((sink) => send(channel, Object.assign(sink, { isSuspect: true })))
    peer.send(answer(0, 7), ...streams.map((stream) => answer(stream)))
    for (const sink of sinks) await sink.called()
    expect(strays).toStrictEqual([answer(0, 7).toString('hex')])
    expect(sinks.map((sink) => sink.answers)).toStrictEqual(streams.map((stream) => [answer(stream).toString('hex')]))
    channel.close()
  })

  it('goes to the only request there is, as in a handshake', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const sink = new NotingSink()
    send(channel, sink)
    peer.send(answer(0, 7))
    await sink.called()
    expect([sink.answers.length, channel.inFlight, channel.abandoned]).toStrictEqual([1, 1, 1])
    channel.close()
  })

  it('leaves the stream taken, so that the answer to the wrong guess reaches nobody else', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const givenUp = Object.assign(new NotingSink(), { isSuspect: true })
    channel.abandon(send(channel, givenUp))
    const guessed = Object.assign(new NotingSink(), { isSuspect: true })
    const guessedStream = send(channel, guessed)
    peer.send(answer(0, 7))
    await guessed.called()
    const next = new NotingSink()
    const nextStream = send(channel, next)
    peer.send(answer(guessedStream, 1), answer(nextStream, 2))
    await next.called()
    expect(next.answers).toStrictEqual([answer(nextStream, 2).toString('hex')])
    expect([guessed.answers.length, channel.abandoned]).toStrictEqual([1, 1])
    channel.close()
  })
})

describe('an abandoned stream', () => {
  it('stays taken until its late answer has been read, and nobody hears of that', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server, { inFlightMax: 2 })
    const abandoned = new NotingSink()
    const other = new NotingSink()
    const stream = send(channel, abandoned)
    channel.abandon(stream)
    expect([channel.inFlight, channel.abandoned]).toStrictEqual([1, 1])
    const otherStream = send(channel, other)
    expect(channel.reserve()).toBe(-1)
    peer.send(answer(stream, 9), answer(otherStream))
    await other.called()
    expect([channel.inFlight, channel.abandoned]).toStrictEqual([0, 0])
    const next = new NotingSink()
    const again = [send(channel, next), send(channel, new NotingSink())]
    expect(again.sort()).toStrictEqual([1, 2])
    peer.send(answer(1, 5), answer(2, 5))
    await next.called()
    expect(abandoned.answers).toStrictEqual([])
    expect(next.answers.length).toBe(1)
    channel.close()
  })

  it('does not hear of the end of the connection', async () => {
    await using server = await RawServer.start()
    const ended = new Arrivals<TransportError | null>()
    const { channel, peer } = await connectChannel(server, { onClose: (error) => ended.add(error) })
    const abandoned = new NotingSink()
    channel.abandon(send(channel, abandoned))
    peer.socket.destroy()
    await ended.next()
    expect(abandoned.losses).toStrictEqual([])
  })
})

describe('the end of a connection', () => {
  const ends: [
    title: string,
    end: (
      channel: Channel,
      socket: { destroy(): void; end(): void; resetAndDestroy(): void; write(bytes: Buffer): void },
    ) => void,
    code: string,
    message: RegExp,
  ][] = [
    ['the server closes', (_channel, socket) => socket.end(), 'TRANSPORT_CONNECTION_LOST', /was closed by the server$/],
    [
      'the server resets',
      (_channel, socket) => socket.resetAndDestroy(),
      'TRANSPORT_CONNECTION_LOST',
      /failed: .*ECONNRESET$/,
    ],
    ['we close', (channel) => channel.close(), 'TRANSPORT_CONNECTION_LOST', /was closed by us$/],
    [
      'an answer on a stream without a request',
      (_channel, socket) => socket.write(answer(900)),
      'TRANSPORT_CONNECTION_LOST',
      /answer on stream 900, where no request is in flight$/,
    ],
    [
      'an answer on a negative stream',
      (_channel, socket) => socket.write(answer(-2)),
      'TRANSPORT_CONNECTION_LOST',
      /answer on stream 65534, where no request is in flight$/,
    ],
    [
      'a frame longer than the longest',
      (_channel, socket) => socket.write(hex('84 00 0000 08 00100001')),
      'TRANSPORT_CONNECTION_LOST',
      /the server sent a frame longer than 1048576 bytes$/,
    ],
    [
      'a frame of another version',
      (_channel, socket) => socket.write(hex('83 00 0000 08 00000000')),
      'TRANSPORT_PROTOCOL',
      /the server sent a frame with version byte 0x83 on a connection of version 4$/,
    ],
    [
      'a request from the server',
      (_channel, socket) => socket.write(hex('04 00 0000 08 00000000')),
      'TRANSPORT_PROTOCOL',
      /version byte 0x04 on a connection of version 4$/,
    ],
    [
      'bytes that are not CQL',
      (_channel, socket) => socket.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n')),
      'TRANSPORT_PROTOCOL',
      /version byte 0x48 on a connection of version 4$/,
    ],
  ]

  for (const [title, end, code, message] of ends) {
    it(`is told to each request in flight exactly once, then to the owner: ${title}`, async () => {
      await using server = await RawServer.start()
      const closes: { error: TransportError | null; told: number }[] = []
      const ended = new Arrivals<void>()
      const sinks = Array.from({ length: 100 }, () => new NotingSink())
      const { channel, peer } = await connectChannel(server, {
        onClose: (error) => {
          closes.push({ error, told: sinks.filter((sink) => sink.losses.length === 1).length })
          ended.add()
        },
      })
      for (const sink of sinks) send(channel, sink)
      for (let i = 0; i < 100; i++) await peer.next()
      end(channel, peer.socket)
      await ended.next()
      expect(channel.isClosed).toBe(true)
      channel.close()
      await peer.closed
      expect(sinks.every((sink) => sink.losses.length === 1 && sink.answers.length === 0)).toBe(true)
      const loss = sinks[0]?.losses[0]
      expect(loss?.code).toBe(code)
      expect(loss?.message).toMatch(message)
      expect(loss?.message).toContain(channel.peer)
      expect(closes).toStrictEqual([{ error: title === 'we close' ? null : loss, told: 100 }])
    })
  }

  it('comes with a second answer on one stream', async () => {
    await using server = await RawServer.start()
    const ended = new Arrivals<TransportError | null>()
    const { channel, peer } = await connectChannel(server, { onClose: (error) => ended.add(error) })
    const sink = new NotingSink()
    const other = new NotingSink()
    const stream = send(channel, sink)
    send(channel, other)
    peer.send(answer(stream), answer(stream))
    expect((await ended.next())?.message).toMatch(/answer on stream 1, where no request is in flight$/)
    expect([sink.answers.length, sink.losses.length]).toStrictEqual([1, 0])
    expect([other.answers.length, other.losses.length]).toStrictEqual([0, 1])
  })

  it('is the end of what else came in the same chunk', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const first = new NotingSink()
    const second = new NotingSink()
    first.alsoDo = () => channel.close()
    const streams = [send(channel, first), send(channel, second)]
    peer.send(answer(streams[0] as number), answer(streams[1] as number))
    await second.called()
    expect([first.answers.length, first.losses.length]).toStrictEqual([1, 0])
    expect([second.answers.length, second.losses.length]).toStrictEqual([0, 1])
  })

  it('lets those who lost their request close, reserve and send without harm', async () => {
    await using server = await RawServer.start()
    const ended = new Arrivals<void>()
    const reserved: number[] = []
    const { channel, peer } = await connectChannel(server, { onClose: () => ended.add() })
    const sinks = Array.from({ length: 3 }, () => new NotingSink())
    for (const sink of sinks) {
      sink.alsoDo = () => {
        channel.close()
        reserved.push(channel.reserve())
      }
      send(channel, sink)
    }
    peer.socket.resetAndDestroy()
    await ended.next()
    expect(sinks.map((sink) => sink.losses.length)).toStrictEqual([1, 1, 1])
    expect(reserved).toStrictEqual([-1, -1, -1])
  })

  it('carries the reason that its owner closes it for', async () => {
    await using server = await RawServer.start()
    const ended = new Arrivals<TransportError | null>()
    const { channel } = await connectChannel(server, { onClose: (error) => ended.add(error) })
    const sink = new NotingSink()
    send(channel, sink)
    const reason = new Error('why') as TransportError
    channel.close(reason)
    expect(await ended.next()).toBe(reason)
    expect(sink.losses).toStrictEqual([reason])
  })
})

describe('close', () => {
  it('sends what is gathered first', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    for (let i = 0; i < 10; i++) send(channel, new NotingSink(), request(i, 50_000))
    channel.close()
    for (let i = 0; i < 10; i++) expect((await peer.next()).body).toStrictEqual(Buffer.alloc(50_000, i))
    await peer.closed
  })

  it('lets go of a server that does not take the rest', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    peer.socket.pause()
    send(channel, new NotingSink(), request(1, 32 * 2 ** 20))
    const closed = new Promise((resolve) => channel.socket.once('close', resolve))
    channel.close()
    await closed
    expect(channel.socket.destroyed).toBe(true)
  })
})

describe('a frame on stream -1', () => {
  it('is an event, whatever is in flight', async () => {
    await using server = await RawServer.start()
    const events: string[] = []
    const { channel, peer } = await connectChannel(server, {
      onEvent: (buffer, start, end) => events.push(buffer.toString('hex', start, end)),
    })
    const sink = new NotingSink()
    const stream = send(channel, sink)
    peer.send(answer(-1, 1), answer(stream), answer(-1, 2))
    const last = new NotingSink()
    peer.send(answer(send(channel, last)))
    await last.called()
    expect(events).toStrictEqual([answer(-1, 1), answer(-1, 2)].map((frame) => frame.toString('hex')))
    expect(sink.answers.length).toBe(1)
    channel.close()
  })

  it('is dropped where nobody wants events', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const sink = new NotingSink()
    peer.send(answer(-1, 1), answer(send(channel, sink)))
    await sink.called()
    expect(channel.isClosed).toBe(false)
    channel.close()
  })
})

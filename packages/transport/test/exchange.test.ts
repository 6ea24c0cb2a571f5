import { encodeRequest, error, Opcode, options, ready, supported } from '@zdmkit/protocol'
import { exchange } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { connectChannel, NotingSink } from './support/connected.ts'
import { RawServer } from './support/raw-server.ts'

const frame = encodeRequest(options, {}, { version: 4, stream: 77 })
const LONG_MS = 20_000

describe('exchange', () => {
  it('resolves with the answer, copied off the connection', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const first = exchange(channel, frame, LONG_MS)
    const message = { options: { CQL_VERSION: ['3.4.5'] } }
    peer.reply(await peer.next(), supported, message)
    const answer = await first
    const second = exchange(channel, frame, LONG_MS)
    peer.reply(await peer.next(), supported, { options: { CQL_VERSION: ['9.9.9'] } })
    await second
    expect([answer.version, answer.flags, answer.opcode]).toStrictEqual([4, 0, Opcode.SUPPORTED])
    expect(supported.decode(answer.body, 4)).toStrictEqual(message)
    channel.close()
  })

  it('resolves with an ERROR as with any answer', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const answer = exchange(channel, frame, LONG_MS)
    peer.reply(await peer.next(), error, { code: 0x1001, message: 'busy' })
    expect((await answer).opcode).toBe(Opcode.ERROR)
    channel.close()
  })

  it('is TRANSPORT_TIMEOUT without an answer in time, and its late answer disturbs nobody', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    await expect(exchange(channel, frame, 20)).rejects.toMatchObject({
      code: 'TRANSPORT_TIMEOUT',
      message: `no answer from ${channel.peer} within 20 ms`,
    })
    expect([channel.inFlight, channel.abandoned]).toStrictEqual([1, 1])
    const next = exchange(channel, frame, LONG_MS)
    const [late, asked] = [await peer.next(), await peer.next()]
    expect(late.header.stream).not.toBe(asked.header.stream)
    peer.reply(late, supported, { options: {} })
    peer.reply(asked, ready, {})
    expect((await next).opcode).toBe(Opcode.READY)
    expect([channel.inFlight, channel.abandoned]).toStrictEqual([0, 0])
    channel.close()
  })

  it('is TRANSPORT_CONNECTION_LOST when the connection ends first', async () => {
    await using server = await RawServer.start()
    const { channel, peer } = await connectChannel(server)
    const all = Promise.allSettled([1, 2, 3].map(() => exchange(channel, frame, LONG_MS)))
    await peer.next()
    peer.socket.destroy()
    for (const settled of await all) {
      expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'TRANSPORT_CONNECTION_LOST' } })
    }
    await expect(exchange(channel, frame, LONG_MS)).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECTION_LOST',
      message: `connection to ${channel.peer} is closed`,
    })
  })

  it('is TRANSPORT_NO_STREAM_ID when all streams are in use', async () => {
    await using server = await RawServer.start()
    const { channel } = await connectChannel(server, { inFlightMax: 2 })
    for (let i = 0; i < 2; i++) channel.send(channel.reserve(), new NotingSink(), frame, 0, frame.length)
    await expect(exchange(channel, frame, LONG_MS)).rejects.toMatchObject({
      code: 'TRANSPORT_NO_STREAM_ID',
      message: `all 2 streams to ${channel.peer} are in use`,
    })
    channel.close()
  })
})

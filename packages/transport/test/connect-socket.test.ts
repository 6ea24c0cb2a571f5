import { connectSocket } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { Arrivals } from './support/arrivals.ts'
import { FullListener } from './support/full-listener.ts'
import { RawServer } from './support/raw-server.ts'

const LONG_MS = 20_000
const ignore = (): void => {}

/** A port of loopback where nobody listens. */
async function closedPort(): Promise<number> {
  await using server = await RawServer.start()
  return server.port
}

describe('connectSocket', () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    it(`connects to ${host} and hands over what comes, in a buffer that is used again`, async () => {
      await using server = await RawServer.start()
      const chunks = new Arrivals<{ text: string; memory: ArrayBufferLike }>()
      const onData = (chunk: Buffer): void => chunks.add({ text: chunk.toString(), memory: chunk.buffer })
      const socket = await connectSocket({ host, port: server.port, timeoutMs: LONG_MS, onData })
      const peer = await server.accepted()
      peer.send(Buffer.from('first'))
      const first = await chunks.next()
      peer.send(Buffer.from('second'))
      const second = await chunks.next()
      expect([first.text, second.text]).toStrictEqual(['first', 'second'])
      expect(second.memory).toBe(first.memory)
      socket.destroy()
    })
  }

  it('is TRANSPORT_CONNECT_FAILED where nobody listens, with the cause', async () => {
    const port = await closedPort()
    const options = { host: '127.0.0.1', port, timeoutMs: LONG_MS, onData: ignore }
    await expect(connectSocket(options)).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECT_FAILED',
      message: `cannot connect to 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
      cause: { code: 'ECONNREFUSED' },
    })
  })

  it('is TRANSPORT_CONNECT_FAILED for a name that does not exist', async () => {
    const options = { host: 'no-such-host.invalid', port: 9042, timeoutMs: LONG_MS, onData: ignore }
    await expect(connectSocket(options)).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECT_FAILED',
      message: expect.stringMatching(/^cannot connect to no-such-host\.invalid:9042: getaddrinfo /),
    })
  })

  it('is TRANSPORT_CONNECT_FAILED without an answer in time', async () => {
    await using listener = await FullListener.start()
    const options = { host: '127.0.0.1', port: listener.port, timeoutMs: 60, onData: ignore }
    await expect(connectSocket(options)).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECT_FAILED',
      message: `cannot connect to 127.0.0.1:${listener.port}: no answer within 60 ms`,
    })
  })

  it('is given up with its signal, while it waits or before', async () => {
    await using listener = await FullListener.start()
    const controller = new AbortController()
    const { signal } = controller
    const reason = new Error('why')
    const options = { host: '127.0.0.1', port: listener.port, timeoutMs: LONG_MS, onData: ignore, signal }
    const waiting = connectSocket(options)
    controller.abort(reason)
    const refusal = {
      code: 'TRANSPORT_CONNECT_FAILED',
      message: `cannot connect to 127.0.0.1:${listener.port}: given up`,
      cause: reason,
    }
    await expect(waiting).rejects.toMatchObject(refusal)
    await expect(connectSocket(options)).rejects.toMatchObject(refusal)
  })

  it('no longer hears its signal once it is connected', async () => {
    await using server = await RawServer.start()
    const controller = new AbortController()
    const { port } = server
    const socket = await connectSocket({
      host: '127.0.0.1',
      port,
      timeoutMs: LONG_MS,
      onData: ignore,
      signal: controller.signal,
    })
    controller.abort()
    expect(socket.destroyed).toBe(false)
    expect(socket.listenerCount('error')).toBe(0)
    socket.destroy()
  })
})

import { Channel, type ChannelOptions, connectSocket, type ResponseSink, type TransportError } from '@zdmkit/transport'
import { Arrivals } from './arrivals.ts'
import type { RawPeer, RawServer } from './raw-server.ts'

/** A channel to the raw server, without a handshake, and the server's end of it. */
export async function connectChannel(
  server: RawServer,
  options: Partial<ChannelOptions> = {},
): Promise<{ channel: Channel; peer: RawPeer }> {
  let channel: Channel | null = null
  const socket = await connectSocket({
    host: '127.0.0.1',
    port: server.port,
    timeoutMs: 5000,
    onData: (chunk) => channel?.receive(chunk),
  })
  const connected = new Channel(socket, { version: 4, inFlightMax: 1000, bodyBytesMax: 2 ** 20, ...options })
  channel = connected
  return { channel: connected, peer: await server.accepted() }
}

/** Waits on one stream and notes every call. */
export class NotingSink implements ResponseSink {
  /** Answers as hex. */
  readonly answers: string[] = []
  readonly losses: TransportError[] = []
  readonly #calls = new Arrivals<void>()
  /** Called within each call. */
  alsoDo: () => void = () => {}

  onResponse(_channel: Channel, buffer: Buffer, start: number, end: number): void {
    this.answers.push(buffer.toString('hex', start, end))
    this.#calls.add()
    this.alsoDo()
  }

  onLost(_channel: Channel, error: TransportError): void {
    this.losses.push(error)
    this.#calls.add()
    this.alsoDo()
  }

  /** When it was called once more than was awaited so far. */
  called(): Promise<void> {
    return this.#calls.next()
  }
}

import { once } from 'node:events'
import { createConnection } from 'node:net'
import {
  batch,
  Consistency,
  encodeRequest,
  execute,
  options,
  prepare,
  type QueryParameters,
  query,
  register,
  startup,
} from '@zdmkit/protocol'
import { eventually, hex } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

const INSERT = 'INSERT INTO ks.t (k, v) VALUES (?, now())'
const PLAIN = 'INSERT INTO ks.t (k) VALUES (?)'
const STARTUP = encodeRequest(startup, { options: { CQL_VERSION: '3.0.0' } }, { version: 4, stream: 0 })

/** A small generator of numbers (mulberry32), so that a failure can be repeated by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Frames of every kind that a logged-in client sends. */
function frames(plain: Buffer, calling: Buffer): Buffer[] {
  const parameters: QueryParameters = {
    consistency: Consistency.ONE,
    values: [hex('01')],
    pageSize: 10,
    pagingState: hex('7a646d01 01 aabb'),
    serialConsistency: Consistency.SERIAL,
  }
  const at = { version: 4, stream: 1 } as const
  const statements = [
    { query: PLAIN, values: [hex('01')] },
    { id: plain, values: [hex('01')] },
    { id: calling, values: [hex('01')] },
  ]
  return [
    encodeRequest(
      query,
      { query: 'SELECT v FROM ks.t WHERE k = ?', parameters },
      { ...at, customPayload: { a: hex('01') } },
    ),
    encodeRequest(query, { query: INSERT, parameters }, at),
    encodeRequest(query, { query: "SELECT key FROM system.local WHERE key = 'local'", parameters }, at),
    encodeRequest(query, { query: 'USE shop', parameters: { consistency: Consistency.ONE } }, at),
    encodeRequest(execute, { id: plain, parameters }, { ...at, customPayload: { a: hex('01') } }),
    encodeRequest(execute, { id: calling, parameters }, at),
    encodeRequest(batch, { type: 0, statements, consistency: Consistency.ONE }, at),
    encodeRequest(prepare, { query: PLAIN }, at),
    encodeRequest(register, { eventTypes: ['SCHEMA_CHANGE'] }, at),
    encodeRequest(options, {}, at),
  ]
}

describe('bytes that are damaged', () => {
  it.each([1, 2, 3, 4])('anywhere neither hurt a neighbour nor the proxy, seed %i', async (seed) => {
    const below = random(seed)
    await using fixture = await ProxyFixture.start({
      routing: { readMode: 'DUAL_ASYNC_ON_SECONDARY' },
      options: { requestTimeoutMs: 1_000 },
    })
    const neighbour = await fixture.client()
    const all = frames(await neighbour.prepareId(PLAIN), await neighbour.prepareId(INSERT))
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.concat(Array.from({ length: 8 }, () => all[below(all.length)] ?? STARTUP))
      for (let i = 0; i <= below(3); i++) bytes[below(bytes.length)] = below(256)
      const socket = createConnection(fixture.proxy.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      socket.write(STARTUP)
      // Sometimes the bytes come in two pieces, and sometimes the client is gone before its answers.
      const cut = below(bytes.length)
      socket.write(bytes.subarray(0, cut))
      if (below(2) === 0) await new Promise((resolve) => setImmediate(resolve))
      socket.write(bytes.subarray(cut))
      if (below(2) === 0) socket.end()
      else socket.resetAndDestroy()
      await once(socket, 'close')
      expect(resultOf(await neighbour.query('SELECT v FROM ks.u')).kind).toBe('rows')
    }
    expect(neighbour.isClosed).toBe(false)
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
    // A body that can be walked may still say what only a server knows to be wrong, such as a consistency.
    for (const server of fixture.servers) {
      for (const { problem } of server.violations)
        expect(problem).not.toMatch(/end|remain|trailing|truncated|bytes are left/i)
      server.violations.length = 0
    }
  })

  it.each([5, 6])('or random from the start are no client at all, seed %i', async (seed) => {
    const below = random(seed)
    await using fixture = await ProxyFixture.start({ options: { handshakeTimeoutMs: 1_000 } })
    const neighbour = await fixture.client()
    for (let round = 0; round < 60; round++) {
      const socket = createConnection(fixture.proxy.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      const bytes = Buffer.from(Array.from({ length: below(200) }, () => below(256)))
      // Half of them begin as a frame of version 4 does.
      if (below(2) === 0 && bytes.length > 9) STARTUP.copy(bytes, 0, 0, 5 + below(4))
      socket.write(bytes)
    }
    await eventually(async () => (await fixture.metrics()).get('zdm_client_connections_total') === 1)
    expect(resultOf(await neighbour.query('SELECT v FROM ks.u')).kind).toBe('rows')
    for (const server of fixture.servers) expect(fixture.requests(server).length).toBeLessThanOrEqual(1)
  })
})

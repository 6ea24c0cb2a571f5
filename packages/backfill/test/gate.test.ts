import { Secret } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { passGate, type Routing } from '../src/gate.ts'
import { RoutingServer } from './support/routing-server.ts'

const quick = (server: RoutingServer) => ({ adminUrl: server.url, token: server.token, deadlineMs: 60, pollMs: 5 })

describe('passGate', () => {
  it('opens at once where writes are dual and settled', async () => {
    await using server = await RoutingServer.start()
    const state = await passGate({ ...quick(server), token: new Secret(server.token), adminUrl: `${server.url}/` })
    expect(state).toMatchObject({ generation: 7, dualSinceMicros: 1_770_000_000_000_000n })
    expect(server.requestCount).toBe(1)
  })

  it('takes the last change for that of the writes where the proxy does not tell them apart', async () => {
    await using server = await RoutingServer.start()
    server.routing.writesChangedAtMicros = undefined
    expect(await passGate(quick(server))).toMatchObject({ dualSinceMicros: 1_770_000_000_005_000n })
  })

  it('waits for dual writes and then until they are settled, and says once that it waits', async () => {
    await using server = await RoutingServer.start()
    Object.assign(server.routing, { writes: 'origin', settled: true, generation: 1 })
    server.onRequest = () => {
      if (server.requestCount === 3) Object.assign(server.routing, { writes: 'dual', settled: false, generation: 2 })
      if (server.requestCount === 5) server.routing.settled = true
    }
    const waits: Routing[] = []
    const state = await passGate({ ...quick(server), deadlineMs: 60_000 }, { onWait: (routing) => waits.push(routing) })
    expect(state.generation).toBe(2)
    expect(server.requestCount).toBe(5)
    expect(waits).toMatchObject([{ writes: 'origin' }])
  })

  it.each([
    [
      'writes go to the origin only',
      { writes: 'origin' },
      'BACKFILL_GATE_NOT_DUAL',
      /writes to origin and did not change to dual within 60 ms/,
    ],
    ['writes go to the target only', { writes: 'target' }, 'BACKFILL_GATE_NOT_DUAL', /writes to target/],
    ['dual writes are not settled', { settled: false }, 'BACKFILL_GATE_NOT_SETTLED', /not settled within 60 ms/],
  ])('stays closed while %s', async (_name, routing, code, message) => {
    await using server = await RoutingServer.start()
    Object.assign(server.routing, routing)
    await expect(passGate(quick(server))).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(server.requestCount).toBeGreaterThan(1)
  })

  it.each([
    ['another token is wanted', { status: 401, body: '{}' }, 'BACKFILL_GATE_REFUSED'],
    ['the token may not do this', { status: 403, body: '{}' }, 'BACKFILL_GATE_REFUSED'],
    ['the path is unknown', { status: 404, body: '{}' }, 'BACKFILL_GATE_BAD_ANSWER'],
    ['the answer is no JSON', { status: 200, body: '<html>' }, 'BACKFILL_GATE_BAD_ANSWER'],
    ['the answer is JSON null', { status: 200, body: 'null' }, 'BACKFILL_GATE_BAD_ANSWER'],
    [
      'a part is missing',
      { status: 200, body: '{"writes":"dual","settled":true,"generation":1}' },
      'BACKFILL_GATE_BAD_ANSWER',
    ],
    ['it points elsewhere', { status: 302, body: '', location: 'http://127.0.0.1:1/' }, 'BACKFILL_GATE_UNREACHABLE'],
  ])('fails at once where %s', async (_name, answer, code) => {
    await using server = await RoutingServer.start()
    server.answer = answer
    await expect(passGate(quick(server))).rejects.toMatchObject({ code })
    expect(server.requestCount).toBe(1)
  })

  it('shows the token in no error', async () => {
    await using server = await RoutingServer.start()
    for (const answer of [
      { status: 401, body: server.token },
      { status: 200, body: server.token },
    ]) {
      server.answer = answer
      const error: unknown = await passGate(quick(server)).catch((cause: unknown) => cause)
      expect(String(error)).not.toContain(server.token)
    }
  })

  it('names the reason where nothing answers', async () => {
    const server = await RoutingServer.start()
    await server[Symbol.asyncDispose]()
    await expect(passGate(quick(server))).rejects.toMatchObject({
      code: 'BACKFILL_GATE_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('ends its wait when it is aborted', async () => {
    await using server = await RoutingServer.start()
    server.routing.settled = false
    const abort = new AbortController()
    server.onRequest = () => {
      if (server.requestCount === 2) abort.abort()
    }
    const waiting = passGate({ ...quick(server), deadlineMs: 60_000, pollMs: 1 }, { signal: abort.signal })
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})

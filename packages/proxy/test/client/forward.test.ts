import { Consistency, ErrorCode, encodeRequest, Opcode, query } from '@zdmkit/protocol'
import { eventually } from '@zdmkit/testkit'
import { STREAM_IDS_MAX } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import type { ClusterName } from '../../src/side.ts'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { type Answer, errorOf, type RawClient, resultOf } from '../support/raw-client.ts'

/** Stream 0 is left to errors that servers cannot give to a request. */
const STREAMS = STREAM_IDS_MAX - 1
const WRITE = 'INSERT INTO ks.t (k) VALUES (1)'
const READ = 'SELECT v FROM ks.t'

/** Sends `count` reads in one go and waits until the cluster has them. */
async function fill(client: RawClient, count: number, received: () => number): Promise<void> {
  const frames = Array.from({ length: count }, (_, stream) => {
    void client.expect(stream)
    return encodeRequest(query, { query: READ, parameters: { consistency: Consistency.ONE } }, { version: 4, stream })
  })
  client.write(Buffer.concat(frames))
  await eventually(() => expect(received()).toBe(count), { timeoutMs: 20_000, everyMs: 100 })
}

describe('a cluster connection without a free stream', () => {
  it.each<[ClusterName, number]>([
    ['origin', 0],
    ['target', 100],
  ])(
    'of %s makes a dual write OVERLOADED that names it, and nothing is sent to either cluster',
    async (name, targetReadPercent) => {
      await using fixture = await ProxyFixture.start({
        routing: { targetReadPercent },
        options: { streamIdsMax: 32_768, requestTimeoutMs: 60_000 },
      })
      const [filler, client] = [await fixture.client(), await fixture.client()]
      const gate = fixture[name].hold(READ)
      await fill(filler, STREAMS, () => gate.waiting.length)
      for (const text of [WRITE, 'UPDATE ks.t SET n = n + 1 WHERE k = 1', READ]) {
        expect(errorOf(await client.query(text))).toStrictEqual({
          code: ErrorCode.OVERLOADED,
          message: `${name} cannot take the request: all ${STREAMS} streams of its connection are in use; nothing was sent`,
        })
      }
      for (const server of fixture.servers) expect(server.find(/INSERT|UPDATE/)).toStrictEqual([])
      const node = `127.0.0.1:${fixture[name].port}`
      expect((await fixture.metrics()).get(`zdm_${name}_used_stream_ids_total`, { node })).toBe(STREAMS)
      // The stream that was reserved on the other cluster was given back.
      const other = name === 'origin' ? fixture.target : fixture.origin
      expect(
        (await fixture.metrics()).get(`zdm_${other.name}_used_stream_ids_total`, { node: `127.0.0.1:${other.port}` }),
      ).toBe(0)
      gate.release()
      await eventually(() => filler.inFlight === 0, { timeoutMs: 20_000 })
      expect(resultOf(await client.query(WRITE))).toStrictEqual({ kind: 'void' })
    },
    60_000,
  )
})

describe('a cluster that does not read', () => {
  it.each(['origin', 'target'] as const)(
    'is OVERLOADED at the bound of what waits for %s, and nothing is sent to the other',
    async (name) => {
      await using fixture = await ProxyFixture.start({ options: { clusterQueueBytesMax: 1024 * 1024 } })
      const client = await fixture.client()
      fixture[name].pauseReading()
      const values = [Buffer.alloc(512 * 1024)]
      const asked: Promise<Answer>[] = []
      const other = name === 'origin' ? fixture.target : fixture.origin
      // The kernel takes some MiB before anything waits at the proxy.
      const refusal = await eventually(
        async () => {
          const answer = client.query(WRITE, { values })
          asked.push(answer)
          const first = await Promise.race([answer, new Promise<null>((resolve) => setTimeout(resolve, 20, null))])
          if (first === null) throw new Error('taken')
          return first
        },
        { timeoutMs: 20_000, everyMs: 1 },
      )
      expect(errorOf(refusal)).toStrictEqual({
        code: ErrorCode.OVERLOADED,
        message: `${name} cannot take the request: its connection has too many bytes waiting; nothing was sent`,
      })
      fixture[name].resumeReading()
      const answers = await Promise.all(asked)
      const refused = answers.filter(({ header }) => header.opcode === Opcode.ERROR).length
      expect(refused).toBeGreaterThan(0)
      for (const server of [fixture[name], other]) expect(server.find(WRITE)).toHaveLength(answers.length - refused)
      expect(resultOf(await client.query(WRITE, { values }))).toStrictEqual({ kind: 'void' })
    },
    30_000,
  )
})

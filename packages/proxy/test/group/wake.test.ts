import { eventually, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

describe('a cluster that a change of routing needs', () => {
  it('is tried at once, not when the pause after its last failure ends', async () => {
    await using fixture = await ProxyFixture.start({ routing: { writes: 'origin' } })
    const { port } = fixture.target
    await fixture.target.stop()
    const client = await fixture.client()
    // The fifth failure begins a pause of 1.6 s, far longer than one connection takes.
    await eventually(() => fixture.log.of('cluster-connection-failed').length >= 5)
    await using target = await ScriptedServer.start({ name: 'target', port })
    const before = performance.now()
    fixture.proxy.changeRouting({ writes: 'dual' })
    await eventually(async () => resultOfOrNull(await client.query('INSERT INTO ks.t (k) VALUES (1)')) !== null, {
      everyMs: 10,
    })
    expect(performance.now() - before).toBeLessThan(1400)
    expect(target.requests.some(({ type }) => type === 'query')).toBe(true)
  })
})

function resultOfOrNull(answer: Parameters<typeof resultOf>[0]): unknown {
  try {
    return resultOf(answer)
  } catch {
    return null
  }
}

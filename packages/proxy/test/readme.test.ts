import { readFileSync } from 'node:fs'
import { proxyErrorCodes } from '@zdmkit/proxy'
import { ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { migrate } from './readme-example.ts'
import { RawClient, resultOf } from './support/raw-client.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

describe('README', () => {
  it('shows the example that runs here', async () => {
    const example = readFileSync(new URL('readme-example.ts', import.meta.url), 'utf8')
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example)
    await using origin = await ScriptedServer.start()
    await using target = await ScriptedServer.start()
    const env = {
      ZDM_ORIGIN_CONTACT_POINTS: origin.host,
      ZDM_ORIGIN_PORT: String(origin.port),
      ZDM_TARGET_CONTACT_POINTS: target.host,
      ZDM_TARGET_PORT: String(target.port),
      ZDM_PROXY_LISTEN_ADDRESS: '127.0.0.1',
      ZDM_PROXY_LISTEN_PORT: '0',
      ZDM_METRICS_PORT: '0',
      ZDM_ADMIN_PORT: '0',
      ZDM_LOG_LEVEL: 'ERROR',
    }
    const routing = await migrate(env, async (port) => {
      await using client = await RawClient.open(port)
      resultOf(await client.query('INSERT INTO shop.orders (id) VALUES (uuid())'))
    })
    expect(routing).toMatchObject({ writes: 'dual', targetReadPercent: 10, generation: 2, settled: true })
    const [first, second] = [origin, target].map((server) => server.find(/^INSERT/).map(({ text }) => text))
    expect(first).toHaveLength(1)
    expect(first).toStrictEqual(second)
  })

  it('lists every error code', () => {
    expect([...readme.matchAll(/^\| `(PROXY_\w+)`/gm)].map(([, code]) => code)).toStrictEqual([...proxyErrorCodes])
  })
})

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { run } from '../../src/run.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** An admin API that answers with `answers`, the last one again and again, and keeps what it was asked. */
async function admin(answers: object[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`.trim())
      response.end(JSON.stringify(answers.length > 1 ? answers.shift() : answers[0]))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

async function zdm(...argv: string[]): Promise<string> {
  let stdout = ''
  const io = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => true } }
  expect(await run(argv, {}, io)).toBe(0)
  return stdout
}

describe('zdm routing', () => {
  it('prints the routing in force', async () => {
    using folder = new TemporaryFolder()
    const { url, asked } = await admin([{ writes: 'dual', generation: 2, settled: true }])
    const stdout = await zdm('routing', 'get', '--admin-url', url, '--token-file', folder.write('token', 'secret\n'))
    expect(JSON.parse(stdout)).toStrictEqual({ writes: 'dual', generation: 2, settled: true })
    expect(asked).toStrictEqual(['GET /api/v1/routing Bearer secret'])
  })

  it('changes what is given and waits until the change is settled', async () => {
    using folder = new TemporaryFolder()
    const { url, asked } = await admin([
      { generation: 3, settled: false },
      { generation: 3, settled: false },
      { generation: 3, settled: true },
    ])
    const where = ['--admin-url', `${url}/`, '--token-file', folder.write('token', 'secret')]
    const change = ['--primary', 'target', '--read-mode', 'PRIMARY_ONLY', '--target-read-percent', '100']
    expect(JSON.parse(await zdm('routing', 'set', ...where, ...change))).toStrictEqual({ generation: 3, settled: true })
    expect(asked).toStrictEqual([
      'PUT /api/v1/routing Bearer secret {"primary":"target","readMode":"PRIMARY_ONLY","targetReadPercent":100}',
      'GET /api/v1/routing Bearer secret',
      'GET /api/v1/routing Bearer secret',
    ])
  })

  it('refuses a change of nothing, and a token that is not there', async () => {
    const io = { stdout: { write: () => true }, stderr: { write: () => true } }
    await expect(run(['routing', 'set'], {}, io)).rejects.toMatchObject({ code: 'CLI_USAGE' })
    const missing = ['--token-file', '/no/such/file']
    await expect(run(['routing', 'get', ...missing], {}, io)).rejects.toMatchObject({ code: 'CLI_USAGE' })
  })
})

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

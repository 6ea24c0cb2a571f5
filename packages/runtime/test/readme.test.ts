import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { run } from './readme-example.ts'
import { Sink } from './support/sink.ts'

async function readText(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8')
}

async function runExample(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const [stdout, stderr] = [new Sink(), new Sink()]
  const exitCode = await run(argv, env, { stdout, stderr })
  return { exitCode, stdout: stdout.text, stderr: stderr.text }
}

describe('the example of the README', () => {
  it('is the file that is tested here', async () => {
    const example = /^```ts\n([\s\S]*?)^```$/m.exec(await readText('../README.md'))
    expect(example?.[1]).toBe(await readText('readme-example.ts'))
  })

  it('prints its metrics and logs its start with the password redacted', async () => {
    const { exitCode, stdout, stderr } = await runExample(['--listen-port', '0'], { ZDM_ECHO_PASSWORD: 'hunter2' })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('zdm_request_duration_seconds_bucket{le="0.01",type="reads"} 1\n')
    expect(JSON.parse(stderr)).toMatchObject({ event: 'started', listenPort: 0, password: '[redacted]' })
  })

  it('answers --help', async () => {
    expect((await runExample(['--help'], {})).stdout).toContain('--listen-port PORT\n')
  })

  it('refuses to start without its password', async () => {
    await expect(runExample([], {})).rejects.toMatchObject({ code: 'CONFIG_MISSING_KEY', key: 'password' })
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { requiredEnv } from './support/example-table.ts'

const tool = fileURLToPath(new URL('support/example-tool.ts', import.meta.url))

/** The example tool as Node itself loads it, ended with the test at the latest. */
class Tool {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''

  constructor(example: string, argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, ['--conditions=@zdmkit/source', tool, ...argv], {
      env: { EXAMPLE: example, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    onTestFinished(() => {
      this.child.kill('SIGKILL')
    })
  }

  /** Exit code, and all that was written. */
  async end(): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const [code] = await once(this.child, 'close')
    return { code, stdout: this.stdout, stderr: this.stderr }
  }
}

// Processes start slowly on a busy machine.
describe('a command under runMain', { timeout: 30_000 }, () => {
  it('leaves nothing open by importing the package', async () => {
    expect(await new Tool('nothing').end()).toStrictEqual({ code: 0, stdout: '[]', stderr: '' })
  })

  it('prints its settings with secrets redacted', async () => {
    const { code, stdout, stderr } = await new Tool('settings', ['-origin_port=9999'], requiredEnv).end()
    expect([code, stderr]).toStrictEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ originPort: 9999, originPassword: '[redacted]' })
  })

  it('prints one line per problem and ends with 64', async () => {
    const env = { ...requiredEnv, ZDM_ORIGIN_PORT: '0', ZDM_METRICS_ENABLED: 'maybe' }
    expect(await new Tool('settings', [], env).end()).toStrictEqual({
      code: 64,
      stdout: '',
      stderr: [
        'zdm-example: CONFIG_BAD_VALUE: origin_port (ZDM_ORIGIN_PORT): "0" is not a port (1..65535)',
        'zdm-example: CONFIG_BAD_VALUE: metrics_enabled (ZDM_METRICS_ENABLED): "maybe" is not true or false',
        '',
      ].join('\n'),
    })
  })

  it('logs to stderr unless told otherwise, the last line included', async () => {
    const { code, stdout, stderr } = await new Tool('log').end()
    expect([code, stdout]).toStrictEqual([0, ''])
    expect(JSON.parse(stderr)).toMatchObject({ level: 'debug', name: 'zdm-example', event: 'started', n: 1 })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with its own code after one %s', async (name) => {
    const running = new Tool('signals')
    running.child.stdout?.once('data', () => running.child.kill(name))
    expect(await running.end()).toStrictEqual({ code: 0, stdout: `ready\n${name}\n`, stderr: '' })
  })

  it('ends with 130 at the second signal when the first is not enough', async () => {
    const running = new Tool('signals', [], { WAIT: 'forever' })
    const { stdout } = running.child
    if (stdout === null) throw new Error('stdout is no pipe')
    createInterface({ input: stdout }).on('line', (line) => running.child.kill(line === 'ready' ? 'SIGTERM' : 'SIGINT'))
    expect((await running.end()).code).toBe(130)
  })

  it.each([
    ['an exception in a callback', 'uncaught', 'zdm-example: EXAMPLE_FAILED: thrown in a callback\n'],
    ['a rejection that nobody handles', 'rejected', 'zdm-example: EXAMPLE_FAILED: nobody waits\n'],
  ])('turns %s into a line and an exit code', async (_, example, stderr) => {
    expect(await new Tool(example).end()).toStrictEqual({ code: 1, stdout: '', stderr })
  })

  it('ends although a server was left open', async () => {
    expect(await new Tool('open-handle').end()).toStrictEqual({ code: 7, stdout: '', stderr: '' })
  })

  it('takes it in silence that the reader of its output goes away', async () => {
    const running = new Tool('flood')
    running.child.stdout?.once('data', () => running.child.stdout?.destroy())
    const { code, stderr } = await running.end()
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' })
  })
})

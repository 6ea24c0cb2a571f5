import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually, freePort, ScriptedServer } from '@zdmkit/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PROXY_VERSION } from '../src/version.ts'
import type { LogLine } from './support/log-recorder.ts'
import { errorOf, RawClient, resultOf } from './support/raw-client.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The real program as Node itself loads it, in a folder of its own, ended with the test at the latest. */
class Program {
  readonly child: ChildProcess
  readonly folder: string
  stdout = ''
  stderr = ''

  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'zdm-proxy-'))
    this.child = spawn(process.execPath, ['--conditions=@zdmkit/source', main, ...argv], {
      cwd: this.folder,
      env,
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
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  get tokenFile(): string {
    return join(this.folder, 'zdm-admin-token')
  }

  get log(): LogLine[] {
    return this.stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine)
  }

  /** Where it listens, once it does. */
  listening(): Promise<{ event: string; port: number; metricsPort: number; adminPort: number }> {
    return eventually(
      () => {
        if (!this.stdout.includes('\n')) throw new Error(`not listening: ${this.stderr}`)
        return JSON.parse(this.stdout.split('\n')[0] ?? '')
      },
      { timeoutMs: 20_000 },
    )
  }

  async end(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'close')
    return this.child.exitCode
  }
}

function environment(origin: { port: number }, target: { port: number }): Record<string, string> {
  return {
    ZDM_ORIGIN_CONTACT_POINTS: '127.0.0.1',
    ZDM_ORIGIN_PORT: String(origin.port),
    ZDM_TARGET_CONTACT_POINTS: '127.0.0.1',
    ZDM_TARGET_PORT: String(target.port),
    ZDM_PROXY_LISTEN_PORT: '0',
    ZDM_METRICS_PORT: '0',
    ZDM_ADMIN_PORT: '0',
  }
}

// Processes start slowly on a busy machine.
describe('zdm-proxy', { timeout: 30_000 }, () => {
  it('serves from a listening line to a signal, ends with 0 and logs nothing worse than info', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    const program = new Program([], environment(origin, target))
    const { event, port, metricsPort, adminPort } = await program.listening()
    expect(event).toBe('listening')
    const client = await RawClient.open(port)
    expect(resultOf(await client.query('INSERT INTO ks.t (k) VALUES (1)'))).toStrictEqual({ kind: 'void' })
    expect([origin.find(/INSERT/).length, target.find(/INSERT/).length]).toStrictEqual([1, 1])
    expect((await fetch(`http://127.0.0.1:${metricsPort}/health/readiness`)).status).toBe(200)

    expect(statSync(program.tokenFile).mode & 0o777).toBe(0o600)
    const token = readFileSync(program.tokenFile, 'utf8').trim()
    expect(token).toMatch(/^[\w-]{43}$/)
    const url = `http://127.0.0.1:${adminPort}/api/v1/routing`
    expect((await fetch(url)).status).toBe(401)
    const answer = await fetch(url, {
      method: 'PUT',
      body: '{"writes":"origin"}',
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(await answer.json()).toMatchObject({ writes: 'origin', generation: 2, settled: true })

    program.child.kill('SIGTERM')
    expect(await program.end()).toBe(0)
    await client.closed
    expect(existsSync(program.tokenFile)).toBe(false)
    expect(program.log.map((line) => line.event)).toStrictEqual([
      'control-connected',
      'control-connected',
      'proxy-started',
      'routing-changed',
      'shutdown-requested',
      'proxy-stopped',
    ])
    expect(program.log.every(({ level }) => level === 'info')).toBe(true)
    expect(program.stderr).not.toContain(token)
    expect(program.stdout.split('\n')).toHaveLength(2)
  })

  it('answers what is in flight before it ends', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    const gate = target.hold(/INSERT/)
    const program = new Program([], environment(origin, target))
    const client = await RawClient.open((await program.listening()).port)
    const answer = client.query('INSERT INTO ks.t (k) VALUES (1)')
    await gate.arrived()
    program.child.kill('SIGINT')
    await eventually(() => program.stderr.includes('shutdown-requested'))
    expect(errorOf(await client.query('INSERT INTO ks.t (k) VALUES (2)')).message).toBe(
      'the proxy is shutting down; use another host',
    )
    gate.release()
    expect(resultOf(await answer)).toStrictEqual({ kind: 'void' })
    expect(await program.end()).toBe(0)
    await client.close()
  })

  it('takes settings from a file, over which the environment wins, and writes no file for a token that is given', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    const folder = mkdtempSync(join(tmpdir(), 'zdm-proxy-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'zdm.yml')
    writeFileSync(file, 'write_mode: ORIGIN\nadmin_token: of-the-file\n')
    const program = new Program(['--config', file], { ...environment(origin, target), ZDM_ADMIN_TOKEN: 'given-token' })
    const { adminPort } = await program.listening()
    const answer = await fetch(`http://127.0.0.1:${adminPort}/api/v1/routing`, {
      headers: { Authorization: 'Bearer given-token' },
    })
    expect(await answer.json()).toMatchObject({ writes: 'origin' })
    expect(existsSync(program.tokenFile)).toBe(false)
    program.child.kill('SIGTERM')
    expect(await program.end()).toBe(0)
    expect(program.stderr).not.toContain('given-token')
  })

  it('makes a new token file in place of an old one, whatever that was', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    const folder = mkdtempSync(join(tmpdir(), 'zdm-proxy-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'token')
    writeFileSync(file, 'old', { mode: 0o644 })
    const program = new Program([`--admin-token-path=${file}`], environment(origin, target))
    await program.listening()
    expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8').length]).toStrictEqual([0o600, 44])
    program.child.kill('SIGTERM')
    expect(await program.end()).toBe(0)
    expect(existsSync(file)).toBe(false)
  })

  it('ends with the reason and leaves nothing where a port is taken', async () => {
    await using origin = await ScriptedServer.start({ name: 'origin' })
    await using target = await ScriptedServer.start({ name: 'target' })
    const program = new Program([], { ...environment(origin, target), ZDM_ADMIN_PORT: String(origin.port) })
    expect(await program.end()).toBe(1)
    expect(program.stderr.split('\n').at(-2)).toContain(
      `zdm-proxy: PROXY_LISTEN_FAILED: cannot listen on 127.0.0.1:${origin.port} (admin_port): another process listens there; free the port or set admin_port`,
    )
    expect([program.stdout, existsSync(program.tokenFile)]).toStrictEqual(['', false])
  })

  it('ends on a signal while its clusters cannot be reached', async () => {
    const program = new Program([], environment({ port: await freePort() }, { port: await freePort() }))
    await program.listening()
    program.child.kill('SIGTERM')
    expect(await program.end()).toBe(0)
  })
})

describe('zdm-proxy without clusters', { timeout: 30_000 }, () => {
  it.each([
    [['--help'], /^CQL proxy that writes to two clusters[\s\S]*zdm-proxy --config[\s\S]*env ZDM_ORIGIN_CONTACT_POINTS/],
    [['--version'], new RegExp(`^zdm-proxy ${PROXY_VERSION.replaceAll('.', '\\.')}\n$`)],
  ])('prints for %j and ends with 0', async (argv, expected) => {
    const program = new Program(argv)
    expect(await program.end()).toBe(0)
    expect(program.stdout).toMatch(expected)
    expect(program.stderr).toBe('')
  })

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['an unknown flag', ['--origin-prot=1'], {}, /origin-prot.*origin[-_]port/],
    [
      'a value that is none',
      ['--origin-port=x'],
      {},
      /CONFIG_BAD_VALUE: origin_port \(--origin-port\): "x" is not a port/,
    ],
    [
      'a variable that is out of range',
      [],
      { ZDM_PROXY_MAX_STREAM_IDS: '0' },
      /CONFIG_BAD_VALUE: proxy_max_stream_ids \(ZDM_PROXY_MAX_STREAM_IDS\)/,
    ],
    ['no clusters', [], {}, /origin_contact_points/],
    ['one cluster', [], { ZDM_ORIGIN_CONTACT_POINTS: '127.0.0.1' }, /target_contact_points/],
    [
      'a file that is not there',
      ['--config', 'nothing.yml'],
      {},
      /CONFIG_BAD_FILE: cannot read the settings file nothing\.yml/,
    ],
  ])('says what is wrong and ends with 64: %s', async (_what, argv, env, expected) => {
    const program = new Program(argv, env)
    expect(await program.end()).toBe(64)
    expect(program.stderr).toMatch(expected)
    expect([program.stdout, existsSync(program.tokenFile)]).toStrictEqual(['', false])
  })

  it('names the line of an unknown key of its file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zdm-proxy-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'zdm.yml')
    writeFileSync(file, 'origin_contact_points: 127.0.0.1\ntarget_contact_points: 127.0.0.1\norigin_prot: 9042\n')
    const program = new Program(['--config', file])
    expect(await program.end()).toBe(64)
    expect(program.stderr).toMatch(/CONFIG_UNKNOWN_KEY: .*origin_prot.*zdm\.yml:3/)
  })
})

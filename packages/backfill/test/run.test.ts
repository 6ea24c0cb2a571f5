import { type MainIo, ShutdownRequested } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { exitCodeOfError, exitCodeOfReport, run } from '../src/run.ts'

function memoryIo(): MainIo & { readonly text: { stdout: string; stderr: string } } {
  const text = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (part: string) => {
      text[name] += part
    },
  })
  return { text, stdout: sink('stdout'), stderr: sink('stderr') }
}

const needed = [
  '--origin-contact-points',
  '127.0.0.1',
  '--origin-port',
  '1',
  '--target-contact-points',
  '127.0.0.1',
  '--keyspace',
  'k',
]

describe('run', () => {
  it('prints help and version', async () => {
    const help = memoryIo()
    expect(await run(['--help'], {}, help)).toBe(0)
    expect(help.text.stdout).toContain('--checkpoint-file FILE')
    const version = memoryIo()
    expect(await run(['--version'], {}, version)).toBe(0)
    expect(version.text.stdout).toMatch(/^zdm-backfill \d+\.\d+\.\d+\n$/)
  })

  it('wants a token for the gate before it connects to anything', async () => {
    await expect(run(needed, {}, memoryIo())).rejects.toMatchObject({ code: 'BACKFILL_BAD_OPTION' })
  })

  it('says that a cluster cannot be reached', async () => {
    const running = run([...needed, '--gate', 'offline'], {}, memoryIo())
    await expect(running).rejects.toMatchObject({ code: 'CLUSTER_NO_HOST' })
  })
})

describe('exit codes', () => {
  it.each([
    ['complete', 0],
    ['failed', 1],
    ['interrupted', 4],
  ] as const)('is for an outcome of %s: %i', (outcome, expected) => {
    expect(exitCodeOfReport({ outcome })).toBe(expected)
  })

  it('is 4 for an interruption and 3 for every other error', () => {
    expect(exitCodeOfError(new ShutdownRequested('SIGTERM'))).toBe(4)
    expect(exitCodeOfError(new Error('other'))).toBe(3)
  })
})

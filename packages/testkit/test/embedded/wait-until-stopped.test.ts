import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { areThreadsStopped, waitUntilStopped } from '../../src/embedded/wait-until-stopped.ts'

// Four threads that never rest.
const BUSY = `const { Worker } = require('node:worker_threads')
const spin = 'for (;;) {}'
let ready = 0
for (let i = 0; i < 3; i++) {
  new Worker(spin, { eval: true }).once('online', () => { if (++ready === 3) { console.log('busy'); setImmediate(() => { for (;;) {} }) } })
}`

describe('waitUntilStopped', () => {
  it('returns when every thread of a stopped process rests, and at once when the process is gone', async () => {
    const child = spawn(process.execPath, ['-e', BUSY], { stdio: ['ignore', 'pipe', 'inherit'] })
    const { pid = 0 } = child
    try {
      await once(child.stdout, 'data')
      expect(areThreadsStopped(pid)).toBe(false)
      child.kill('SIGSTOP')
      expect(waitUntilStopped(pid)).toBe(true)
      expect(areThreadsStopped(pid)).toBe(true)
    } finally {
      child.kill('SIGKILL')
    }
    await once(child, 'exit')
    expect(waitUntilStopped(pid)).toBe(true)
  })

  it('gives up on a process that nobody stopped', () => {
    expect(waitUntilStopped(process.pid)).toBe(false)
  })
})

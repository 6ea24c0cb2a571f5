import { describe, expect, it } from 'vitest'
import { identityOf, isSameProcess, parseIdentity } from '../../src/embedded/process-identity.ts'

describe('process-identity', () => {
  it('finds a process again that it wrote down', () => {
    const identity = parseIdentity(identityOf(process.pid))
    expect(identity?.pid).toBe(process.pid)
    expect(identity !== null && isSameProcess(identity)).toBe(true)
  })

  it('takes no other process for it that got the same id', () => {
    expect(isSameProcess({ pid: process.pid, startTicks: '1' })).toBe(false)
  })

  it('takes nothing for a process that has ended, or for one whose start is not known', () => {
    expect(isSameProcess({ pid: 2 ** 22 + 1, startTicks: '1' })).toBe(false)
    expect(isSameProcess({ pid: process.pid, startTicks: '' })).toBe(false)
  })

  it('reads nothing out of another text', () => {
    for (const text of ['', '12', 'x 1', '12 13 14']) expect(parseIdentity(text)).toBeNull()
  })
})

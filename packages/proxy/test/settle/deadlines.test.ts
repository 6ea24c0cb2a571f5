import { Consistency } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import type { ClientConnection } from '../../src/client/client-connection.ts'
import { Generation } from '../../src/routing/generations.ts'
import { initialRouting } from '../../src/routing/routing.ts'
import { Deadlines } from '../../src/settle/deadlines.ts'
import { Request, RequestKind } from '../../src/settle/request.ts'

const generation = new Generation(1, initialRouting('origin', 'PRIMARY_ONLY', 'dual'), 0n, 0n)

/** A request that notes its end instead of answering somebody. */
function requestAt(startMs: number, ended: number[]): Request {
  const bytes = Buffer.alloc(0)
  const client = {} as ClientConnection
  const request = new Request(client, 0, RequestKind.READ, generation, startMs, Consistency.ONE, bytes, 0, 0)
  request.expire = () => void ended.push(startMs)
  return request
}

describe('Deadlines', () => {
  it('expires what arrived at or before a moment, oldest first, each once', () => {
    const deadlines = new Deadlines()
    const ended: number[] = []
    for (const startMs of [10, 20, 20, 30]) deadlines.add(requestAt(startMs, ended))
    expect(deadlines.size).toBe(4)
    deadlines.sweep(9)
    expect(ended).toStrictEqual([])
    deadlines.sweep(20)
    expect([ended, deadlines.size]).toStrictEqual([[10, 20, 20], 1])
    deadlines.sweep(Number.POSITIVE_INFINITY)
    expect([ended, deadlines.size]).toStrictEqual([[10, 20, 20, 30], 0])
    deadlines.sweep(Number.POSITIVE_INFINITY)
    expect(ended).toHaveLength(4)
  })

  it.each([
    ['the oldest', [0], [2, 3, 4]],
    ['the newest', [3], [1, 2, 3]],
    ['one between', [1], [1, 3, 4]],
    ['neighbours', [1, 2], [1, 4]],
    ['all', [0, 3, 1, 2], []],
  ])('forgets %s when answered', (_what, removed, left) => {
    const deadlines = new Deadlines()
    const ended: number[] = []
    const requests = [1, 2, 3, 4].map((startMs) => requestAt(startMs, ended))
    for (const request of requests) deadlines.add(request)
    for (const index of removed) deadlines.remove(requests[index] as Request)
    expect(deadlines.size).toBe(left.length)
    deadlines.sweep(100)
    expect(ended).toStrictEqual(left)
  })

  it('does nothing for a request that it does not have', () => {
    const deadlines = new Deadlines()
    const ended: number[] = []
    const request = requestAt(1, ended)
    deadlines.remove(request)
    deadlines.add(request)
    deadlines.remove(request)
    deadlines.remove(request)
    deadlines.add(requestAt(2, ended))
    expect(deadlines.size).toBe(1)
    deadlines.sweep(100)
    expect(ended).toStrictEqual([2])
  })

  it('goes on with what is left when answering one request answers others', () => {
    const deadlines = new Deadlines()
    const ended: number[] = []
    const requests = [1, 2, 3].map((startMs) => requestAt(startMs, ended))
    const [first, second] = requests as [Request, Request]
    first.expire = () => {
      ended.push(1)
      deadlines.remove(second)
    }
    for (const request of requests) deadlines.add(request)
    deadlines.sweep(100)
    expect([ended, deadlines.size]).toStrictEqual([[1, 3], 0])
  })
})

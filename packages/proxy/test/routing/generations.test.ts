import { describe, expect, it } from 'vitest'
import { Generations } from '../../src/routing/generations.ts'
import { initialRouting } from '../../src/routing/routing.ts'

const originOnly = initialRouting('origin', 'PRIMARY_ONLY', 'origin')
const dual = initialRouting('origin', 'PRIMARY_ONLY', 'dual')

describe('Generations', () => {
  it('starts settled at generation 1', () => {
    const generations = new Generations(originOnly, 1_000n)
    expect(generations.current).toMatchObject({ number: 1, routing: originOnly, sinceMicros: 1_000n, inFlight: 0 })
    expect(generations.isSettled(0)).toBe(true)
    expect(generations.unsettledRequests).toBe(0)
  })

  it('counts up with each change, which is settled at once when nothing is on its way', () => {
    const generations = new Generations(originOnly, 1_000n)
    expect(generations.change(dual, 2_000n)).toMatchObject({ number: 2, routing: dual, sinceMicros: 2_000n })
    expect(generations.isSettled(0)).toBe(true)
    expect(generations.change(dual, 3_000n).number).toBe(3)
  })

  it('tells since when writes go where they go: a change of reads does not move it', () => {
    const generations = new Generations(originOnly, 1_000n)
    expect(generations.current.writesSinceMicros).toBe(1_000n)
    expect(generations.change(dual, 2_000n).writesSinceMicros).toBe(2_000n)
    expect(generations.change({ ...dual, targetReadPercent: 50 }, 3_000n).writesSinceMicros).toBe(2_000n)
    expect(generations.change({ ...dual, primary: 'target' }, 4_000n)).toMatchObject({
      sinceMicros: 4_000n,
      writesSinceMicros: 2_000n,
    })
    expect(generations.change(originOnly, 5_000n).writesSinceMicros).toBe(5_000n)
  })

  it('is not settled while a request of an earlier generation is on its way', () => {
    const generations = new Generations(originOnly, 1_000n)
    const first = generations.current
    first.inFlight = 2
    generations.change(dual, 2_000n)
    expect([generations.isSettled(1e9), generations.unsettledRequests]).toStrictEqual([false, 2])
    first.inFlight = 1
    expect([generations.isSettled(1e9), generations.unsettledRequests]).toStrictEqual([false, 1])
    first.inFlight = 0
    expect([generations.isSettled(1e9), generations.unsettledRequests]).toStrictEqual([true, 0])
  })

  it('does not wait for requests of the current generation', () => {
    const generations = new Generations(originOnly, 1_000n)
    const { number } = generations.change(dual, 2_000n)
    generations.current.inFlight = 5
    expect([number, generations.isSettled(0), generations.unsettledRequests]).toStrictEqual([2, true, 0])
  })

  it('waits for what was given up until the moment it may still land, and no longer', () => {
    const generations = new Generations(originOnly, 1_000n)
    generations.current.unknownUntilMs = 500
    generations.change(dual, 2_000n)
    expect(generations.isSettled(499)).toBe(false)
    expect(generations.isSettled(499.9)).toBe(false)
    expect(generations.isSettled(500)).toBe(true)
  })

  it('waits for all earlier generations, in whatever order they end', () => {
    const generations = new Generations(originOnly, 1_000n)
    const first = generations.current
    first.inFlight = 1
    const second = generations.change(dual, 2_000n)
    second.inFlight = 1
    generations.change(originOnly, 3_000n)
    second.inFlight = 0
    expect(generations.isSettled(0)).toBe(false)
    first.inFlight = 0
    first.unknownUntilMs = 10
    expect(generations.isSettled(9)).toBe(false)
    expect(generations.isSettled(10)).toBe(true)
  })

  it('stays settled once it was, until the next change', () => {
    const generations = new Generations(originOnly, 1_000n)
    generations.change(dual, 2_000n)
    expect(generations.isSettled(0)).toBe(true)
    generations.current.inFlight = 1
    expect(generations.isSettled(0)).toBe(true)
    generations.change(originOnly, 3_000n)
    expect(generations.isSettled(0)).toBe(false)
  })
})

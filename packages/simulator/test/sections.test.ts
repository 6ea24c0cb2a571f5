import { describe, expect, it } from 'vitest'
import { Section } from '../src/sections.ts'

const STARTED = new Date(Date.UTC(2026, 5, 1))

describe('Section', () => {
  it('counts reads, writes, failures and latencies', () => {
    const section = new Section('phase 2', STARTED)
    for (let latencyMs = 1; latencyMs <= 100; latencyMs++) {
      section.count({ action: latencyMs % 4 === 0 ? 'write' : 'read', isOk: latencyMs % 10 !== 0, latencyMs })
    }
    const { p50Ms, p99Ms, maxMs, ...counts } = section.report()
    expect(counts).toStrictEqual({
      ...{ label: 'phase 2', startedAt: STARTED, operations: 100, reads: 75, writes: 25 },
      ...{ failures: 10, readFailures: 5, writeFailures: 5 },
    })
    // Three figures.
    expect(p50Ms).toBeCloseTo(50, 0)
    expect(p99Ms).toBeCloseTo(99, 0)
    expect(maxMs).toBeCloseTo(100, 0)
  })

  it('reports zeros while nothing was answered', () => {
    expect(new Section('start', STARTED).report()).toMatchObject({ operations: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  })

  it('takes an operation longer than ten minutes for ten minutes', () => {
    const section = new Section('start', STARTED)
    section.count({ action: 'read', isOk: true, latencyMs: 86_400_000 })
    expect(section.report().maxMs / 600_000).toBeCloseTo(1, 2)
  })
})

import type { SimulationReport } from '@zdmkit/simulator'
import { describe, expect, it } from 'vitest'
import { joinPhases } from '../../src/migration/report.ts'
import type { PhaseRecord } from '../../src/migration/walk.ts'
import { EXAMPLE_ROUTING, NO_REQUESTS } from '../support/example-report.ts'

describe('joinPhases', () => {
  it("puts the application's numbers to the phase of the same label", () => {
    const record = (label: string): PhaseRecord => {
      return { label, phase: 1, title: label, routing: EXAMPLE_ROUTING, settleMs: 0, seconds: 5, requests: NO_REQUESTS }
    }
    const numbers = { operations: 3, reads: 2, writes: 1, failures: 1, p50Ms: 1, p99Ms: 2, maxMs: 3 }
    const section = { ...numbers, label: 'b', startedAt: new Date(0), readFailures: 1, writeFailures: 0 }
    const traffic = { sections: [section] } as unknown as SimulationReport
    const [first, second] = joinPhases([record('a'), record('b')], traffic)
    expect(first).toMatchObject({ label: 'a', operations: 0, failures: 0, p99Ms: 0 })
    expect(second).toStrictEqual({ ...record('b'), ...numbers })
  })
})

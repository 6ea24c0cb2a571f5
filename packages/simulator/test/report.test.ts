import { describe, expect, it } from 'vitest'
import { headerLines, type SimulationReport, summaryLines } from '../src/report.ts'

const REPORT: Omit<SimulationReport, 'sections' | 'ledger' | 'failed'> = {
  seed: 1,
  startedAt: new Date(0),
  elapsedSeconds: 30.12,
  operations: 60,
  reads: 45,
  writes: 15,
  failures: 0,
  readFailures: 0,
  writeFailures: 0,
  p50Ms: 1,
  p99Ms: 2,
  maxMs: 3,
}

describe('headerLines', () => {
  it('prints what the exercise prints', () => {
    expect(headerLines({ durationSeconds: 30, delayMs: 500, readRatio: 0.75 }).join('\n')).toMatchInlineSnapshot(`
      "Simulating application traffic through ZDM Proxy
      Duration: 30 seconds
      Delay between operations: 0.5 seconds
      Read ratio: 75%
      Write ratio: 25%

      Press Ctrl+C to stop early
      "
    `)
  })

  it('prints ratios without the traces of binary fractions', () => {
    const lines = headerLines({ durationSeconds: 60, delayMs: 1_000, readRatio: 0.8 })
    expect(lines.slice(1, 5)).toStrictEqual([
      'Duration: 60 seconds',
      'Delay between operations: 1.0 seconds',
      'Read ratio: 80%',
      'Write ratio: 20%',
    ])
  })

  it('says so where there is no end', () => {
    expect(headerLines({ durationSeconds: null, delayMs: 0, readRatio: 1 })[1]).toBe('Duration: until stopped')
  })
})

describe('summaryLines', () => {
  it('prints what the exercise prints', () => {
    expect(summaryLines(REPORT).join('\n')).toMatchInlineSnapshot(`
      "
      Simulation Summary
      Duration: 30.1 seconds
      Total operations: 60
      Operations/second: 1.99

      Reads: 45 (75.0%)
      Writes: 15 (25.0%)

      ✅ All operations completed successfully!"
    `)
  })

  it('counts failures apart and prints the success rate', () => {
    const lines = summaryLines({ ...REPORT, failures: 3, readFailures: 2, writeFailures: 1 })
    expect(lines.slice(6).join('\n')).toMatchInlineSnapshot(`
      "Reads: 43 (71.7%)
      Writes: 14 (23.3%)

      Read errors: 2
      Write errors: 1
      Success rate: 95.0%"
    `)
  })

  it('divides nothing by zero', () => {
    const nothing = { operations: 0, reads: 0, writes: 0, elapsedSeconds: 0 }
    expect(summaryLines({ ...REPORT, ...nothing }).slice(2, 8)).toStrictEqual([
      'Duration: 0.0 seconds',
      'Total operations: 0',
      'Operations/second: 0.00',
      '',
      'Reads: 0 (0.0%)',
      'Writes: 0 (0.0%)',
    ])
  })
})

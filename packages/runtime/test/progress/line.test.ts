import { formatCount, formatDuration, type ProgressEvent, type ProgressSnapshot, progressLine } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

const running: ProgressSnapshot = {
  task: 'copy training.users',
  done: 12340,
  total: 50000,
  unit: 'rows',
  ratePerSecond: 1234.4,
  etaSeconds: 30.5,
  elapsedSeconds: 10,
}

describe('progressLine', () => {
  const lines: readonly [event: ProgressEvent, line: string][] = [
    [{ kind: 'started', snapshot: { ...running, done: 0 } }, 'copy training.users: started, 50,000 rows'],
    [{ kind: 'started', snapshot: running }, 'copy training.users: started at 12,340 of 50,000 rows'],
    [{ kind: 'started', snapshot: { ...running, done: 0, total: null } }, 'copy training.users: started'],
    [{ kind: 'started', snapshot: { ...running, total: null } }, 'copy training.users: started at 12,340 rows'],
    [
      { kind: 'advanced', snapshot: running },
      'copy training.users: 12,340 of 50,000 rows (24.7 %), 1,234 rows/s, 31 s left',
    ],
    [
      { kind: 'advanced', snapshot: { ...running, etaSeconds: null } },
      'copy training.users: 12,340 of 50,000 rows (24.7 %), 1,234 rows/s',
    ],
    [
      { kind: 'advanced', snapshot: { ...running, total: null, etaSeconds: null, ratePerSecond: 0.25 } },
      'copy training.users: 12,340 rows, 0.3 rows/s',
    ],
    [
      { kind: 'advanced', snapshot: { ...running, total: 0, done: 0, ratePerSecond: 0, etaSeconds: null } },
      'copy training.users: 0 rows (100.0 %), 0 rows/s',
    ],
    [
      { kind: 'finished', snapshot: { ...running, done: 50000, elapsedSeconds: 125, etaSeconds: null } },
      'copy training.users: done, 50,000 rows in 2 min 05 s (1,234 rows/s)',
    ],
    [
      {
        kind: 'failed',
        snapshot: running,
        error: { name: 'ClusterError', code: 'CLUSTER_NO_HOST', message: 'no host\n answers' },
      },
      'copy training.users: failed after 12,340 of 50,000 rows: CLUSTER_NO_HOST: no host answers',
    ],
    [
      { kind: 'failed', snapshot: running, error: { name: 'TypeError', message: 'x is undefined' } },
      'copy training.users: failed after 12,340 of 50,000 rows: TypeError: x is undefined',
    ],
  ]
  it.each(lines)('writes %j', (event, line) => {
    expect(progressLine(event)).toBe(line)
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [0.44, '0.4 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [3599.4, '59 min 59 s'],
    [3599.6, '1 h 00 min'],
    [3720, '1 h 02 min'],
    [90_000, '25 h 00 min'],
  ])('writes %d s as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [0.04, '0.0'],
    [9.9, '9.9'],
    [9.96, '10'],
    [999, '999'],
    [1000, '1,000'],
    [1234567.5, '1,234,568'],
    [-1234, '-1,234'],
  ])('writes %d as %s', (count, text) => {
    expect(formatCount(count)).toBe(text)
  })
})

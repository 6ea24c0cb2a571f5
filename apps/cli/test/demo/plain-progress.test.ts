import { describe, expect, it } from 'vitest'
import { plainProgress } from '../../src/demo/plain-progress.ts'

describe('plainProgress', () => {
  it('prints start and end of each step, and how it goes every 5 s', () => {
    let nowMs = 0
    let text = ''
    const listener = plainProgress({ write: (line) => (text += line) }, () => nowMs)
    listener({ kind: 'started', step: 'phase-3', title: 'Phase 3' })
    for (nowMs = 1_000; nowMs <= 11_000; nowMs += 1_000) {
      listener({ kind: 'progress', step: 'phase-3', text: `${nowMs} ms` })
    }
    listener({ kind: 'finished', step: 'phase-3', text: '10 rows', seconds: 12 })
    listener({ kind: 'started', step: 'phase-4', title: 'Phase 4' })
    listener({ kind: 'failed', step: 'phase-4', error: new Error('x'), seconds: 0.04 })
    expect(text).toMatchInlineSnapshot(`
      "  0.0 s  Phase 3
        5.0 s    5000 ms
       10.0 s    10000 ms
       12.0 s    done in 12.0 s: 10 rows
       12.0 s  Phase 4
       12.0 s    failed after 0.0 s
      "
    `)
  })
})

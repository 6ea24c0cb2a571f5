import { PlainProgress, ProgressEmitter } from '@zdmkit/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'
import { Sink } from '../support/sink.ts'

function setUp() {
  const clock = new ManualClock()
  const progress = new ProgressEmitter({ clock })
  const sink = new Sink()
  const plain = new PlainProgress({ progress, write: (line) => sink.write(line) })
  return { clock, progress, sink, plain }
}

describe('PlainProgress', () => {
  it('writes a line at start and end at once, and one per second between them', () => {
    const { clock, progress, sink } = setUp()
    const task = progress.start({ task: 'copy', unit: 'rows', total: 40 })
    for (let tick = 0; tick < 7; tick++) {
      clock.advance(500)
      task.advance(5)
    }
    task.finish()
    expect(sink.text).toMatchInlineSnapshot(`
      "copy: started, 40 rows
      copy: 10 of 40 rows (25.0 %), 10 rows/s, 3.0 s left
      copy: 20 of 40 rows (50.0 %), 10 rows/s, 2.0 s left
      copy: 30 of 40 rows (75.0 %), 10 rows/s, 1.0 s left
      copy: done, 35 of 40 rows in 3.5 s (10 rows/s)
      "
    `)
  })

  it('backs off from 1 s to 5 s to 60 s as a task gets older', () => {
    const { clock, progress, sink, plain } = setUp()
    progress.start({ task: 'copy', unit: 'rows' })
    const secondsWithLine: number[] = []
    for (let second = 1; second <= 400; second++) {
      clock.advance(1000)
      const before = sink.lines.length
      plain.tick()
      if (sink.lines.length > before) secondsWithLine.push(second)
    }
    const everyFive = Array.from({ length: 22 }, (_, index) => 15 + index * 5)
    expect(secondsWithLine).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...everyFive, 180, 240, 300, 360])
  })

  it('keeps the pace of each task apart', () => {
    const { clock, progress, sink, plain } = setUp()
    progress.start({ task: 'old', unit: 'rows' })
    clock.advance(300_000)
    plain.tick()
    progress.start({ task: 'new', unit: 'rows' })
    sink.text = ''
    clock.advance(1000)
    plain.tick()
    expect(sink.lines).toStrictEqual(['new: 0 rows, 0 rows/s'])
  })

  it('starts anew for a task of the same name', () => {
    const { clock, progress, sink, plain } = setUp()
    const first = progress.start({ task: 'copy', unit: 'rows' })
    clock.advance(100_000)
    plain.tick()
    first.finish()
    progress.start({ task: 'copy', unit: 'rows' })
    sink.text = ''
    clock.advance(1000)
    plain.tick()
    expect(sink.lines).toHaveLength(1)
  })

  it('writes nothing more once disposed', () => {
    const { clock, progress, sink, plain } = setUp()
    const task = progress.start({ task: 'copy', unit: 'rows' })
    plain[Symbol.dispose]()
    clock.advance(5000)
    task.finish()
    expect(sink.lines).toStrictEqual(['copy: started'])
  })

  describe('with its timer', () => {
    beforeEach(() => {
      vi.useFakeTimers()
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    it('gives lines to a task that stalls, until it is disposed', () => {
      const { clock, progress, sink, plain } = setUp()
      const task = progress.start({ task: 'copy', unit: 'rows' })
      task.advance(7)
      plain.start().start()
      for (let second = 0; second < 3; second++) {
        clock.advance(1000)
        vi.advanceTimersByTime(1000)
      }
      plain[Symbol.dispose]()
      expect(vi.getTimerCount()).toBe(0)
      expect(sink.lines).toStrictEqual([
        'copy: started',
        'copy: 7 rows, 7 rows/s',
        'copy: 7 rows, 3.4 rows/s',
        'copy: 7 rows, 2.2 rows/s',
      ])
    })
  })
})

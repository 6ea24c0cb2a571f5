import { ProgressEmitter, type ProgressEvent } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'

function setUp(intervalMs = 1000) {
  const clock = new ManualClock()
  const progress = new ProgressEmitter({ clock, intervalMs })
  const events: ProgressEvent[] = []
  const unsubscribe = progress.subscribe((event) => events.push(event))
  return { clock, progress, events, unsubscribe }
}

describe('ProgressEmitter', () => {
  it('emits started, advanced and finished with whole snapshots', () => {
    const { clock, progress, events } = setUp()
    const task = progress.start({ task: 'copy users', unit: 'rows', total: 1000 })
    clock.advance(1000)
    task.advance(100)
    clock.advance(1000)
    task.advance(900)
    task.finish()
    const common = { task: 'copy users', unit: 'rows', total: 1000 }
    expect(events).toStrictEqual([
      {
        kind: 'started',
        snapshot: { ...common, done: 0, ratePerSecond: 0, etaSeconds: null, elapsedSeconds: 0 },
      },
      {
        kind: 'advanced',
        snapshot: { ...common, done: 100, ratePerSecond: 100, etaSeconds: 9, elapsedSeconds: 1 },
      },
      {
        kind: 'advanced',
        snapshot: { ...common, done: 1000, ratePerSecond: expect.any(Number), etaSeconds: 0, elapsedSeconds: 2 },
      },
      {
        kind: 'finished',
        snapshot: { ...common, done: 1000, ratePerSecond: 500, etaSeconds: null, elapsedSeconds: 2 },
      },
    ])
  })

  it('emits advanced at most once per interval and task, however often a task advances', () => {
    const { clock, progress, events } = setUp(1000)
    const tasks = [progress.start({ task: 'a', unit: 'rows' }), progress.start({ task: 'b', unit: 'rows' })]
    for (let step = 0; step < 1000; step++) {
      clock.advance(5)
      for (const task of tasks) task.advance()
    }
    const advanced = events.filter((event) => event.kind === 'advanced').map(({ snapshot }) => snapshot)
    expect(advanced.map(({ task, done }) => `${task} ${done}`)).toStrictEqual(
      [200, 400, 600, 800, 1000].flatMap((done) => [`a ${done}`, `b ${done}`]),
    )
  })

  it('gives the error of a failed task as plain data', () => {
    const { progress, events } = setUp()
    progress.start({ task: 'copy', unit: 'rows' }).fail(Object.assign(new Error('gone'), { code: 'CLUSTER_NO_HOST' }))
    expect(events.at(-1)).toMatchObject({
      kind: 'failed',
      error: { name: 'Error', code: 'CLUSTER_NO_HOST', message: 'gone' },
    })
    expect(JSON.parse(JSON.stringify(events))).toStrictEqual(events)
  })

  it('lists only the tasks that run, in the order they were started', () => {
    const { progress } = setUp()
    const [first] = ['a', 'b', 'c'].map((task) => progress.start({ task, unit: 'rows' }))
    first?.finish()
    expect(progress.snapshots().map(({ task }) => task)).toStrictEqual(['b', 'c'])
  })

  it('stops calling a listener that has left', () => {
    const { progress, events, unsubscribe } = setUp()
    unsubscribe()
    progress.start({ task: 'a', unit: 'rows' })
    expect(events).toStrictEqual([])
  })
})

describe('ProgressTask', () => {
  it('ignores what comes after its end', () => {
    const { clock, progress, events } = setUp()
    const task = progress.start({ task: 'a', unit: 'rows', total: 5 })
    task.finish()
    clock.advance(5000)
    task.advance(3)
    task.setTotal(9)
    task.fail(new Error('late'))
    task.finish()
    expect(events.map(({ kind }) => kind)).toStrictEqual(['started', 'finished'])
    expect(task.snapshot()).toMatchObject({ done: 0, total: 5, elapsedSeconds: 0 })
  })

  it('withholds the time left below 1 % done', () => {
    const { clock, progress } = setUp()
    const task = progress.start({ task: 'a', unit: 'rows', total: 1000 })
    clock.advance(1000)
    task.advance(9)
    expect(task.snapshot().etaSeconds).toBe(null)
    task.advance(1)
    expect(task.snapshot().etaSeconds).toBeCloseTo(99, 5)
  })

  it('withholds the time left without a total', () => {
    const { clock, progress } = setUp()
    const task = progress.start({ task: 'a', unit: 'rows' })
    clock.advance(1000)
    task.advance(500)
    expect(task.snapshot()).toMatchObject({ total: null, ratePerSecond: 500, etaSeconds: null })
    task.setTotal(1000)
    expect(task.snapshot().etaSeconds).toBeCloseTo(1, 5)
  })

  it('does not count for its rate what an earlier run had done', () => {
    const { clock, progress } = setUp()
    const task = progress.start({ task: 'a', unit: 'rows', total: 1000, done: 900 })
    clock.advance(1000)
    task.setDone(910)
    expect(task.snapshot()).toMatchObject({ done: 910, ratePerSecond: 10, etaSeconds: 9 })
    task.finish()
    expect(task.snapshot().ratePerSecond).toBe(10)
  })
})

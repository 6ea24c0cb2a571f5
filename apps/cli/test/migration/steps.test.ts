import { describe, expect, it } from 'vitest'
import { type MigrationEvent, StepRunner } from '../../src/migration/steps.ts'

describe('StepRunner', () => {
  it('tells of the start, how it goes and the end', async () => {
    const { steps, events, pass } = setUp()
    const result = await steps.run(
      'phase-1',
      async (say) => {
        say('half')
        pass(1_500)
        return 7
      },
      (value) => `${value} done`,
    )
    expect(result).toBe(7)
    expect(events).toStrictEqual([
      { kind: 'started', step: 'phase-1', title: 'Phase 1: origin only' },
      { kind: 'progress', step: 'phase-1', text: 'half' },
      { kind: 'finished', step: 'phase-1', text: '7 done', seconds: 1.5 },
    ])
  })

  it('tells of a failure and throws it', async () => {
    const { steps, events } = setUp()
    const error = new Error('broken')
    await expect(
      steps.run(
        'data',
        () => Promise.reject(error),
        () => '',
      ),
    ).rejects.toBe(error)
    expect(events.at(-1)).toStrictEqual({ kind: 'failed', step: 'data', error, seconds: 0 })
  })

  it('throws the reason of an abort for whatever failed because of it', async () => {
    const controller = new AbortController()
    const { steps, events } = setUp(controller.signal)
    const reason = new Error('stopped')
    const work = async (): Promise<void> => {
      controller.abort(reason)
      throw new Error('a timer was aborted')
    }
    await expect(steps.run('data', work, () => '')).rejects.toBe(reason)
    expect(events.at(-1)).toMatchObject({ kind: 'failed', error: reason })
  })
})

function setUp(signal: AbortSignal = new AbortController().signal): {
  steps: StepRunner
  events: MigrationEvent[]
  pass: (ms: number) => void
} {
  const events: MigrationEvent[] = []
  let nowMs = 0
  const steps = new StepRunner(
    (event) => events.push(event),
    signal,
    () => nowMs,
  )
  return {
    steps,
    events,
    pass: (ms) => {
      nowMs += ms
    },
  }
}

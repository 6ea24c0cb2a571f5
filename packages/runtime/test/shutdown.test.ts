import { EventEmitter } from 'node:events'
import { listenForShutdown, ShutdownRequested, type ShutdownSignalName } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

class FakeProcess extends EventEmitter {
  readonly exits: number[] = []

  exit(code: number): void {
    this.exits.push(code)
  }

  /** As Node calls signal listeners: with the name. */
  receive(name: ShutdownSignalName): void {
    this.emit(name, name)
  }
}

describe('listenForShutdown', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'aborts its signal at the first %s, with the signal as the reason',
    (name) => {
      const source = new FakeProcess()
      const calls: unknown[] = []
      using shutdown = listenForShutdown({
        process: source,
        onSignal: (received) => calls.push(received, shutdown.signal.aborted),
      })
      expect([shutdown.signal.aborted, shutdown.received]).toStrictEqual([false, null])
      source.receive(name)
      expect([shutdown.signal.aborted, shutdown.received]).toStrictEqual([true, name])
      expect(shutdown.signal.reason).toStrictEqual(new ShutdownRequested(name))
      expect([calls, source.exits]).toStrictEqual([[name, false], []])
    },
  )

  it('ends the process with 130 at the second signal, of whichever kind', () => {
    const source = new FakeProcess()
    const calls: string[] = []
    using _shutdown = listenForShutdown({ process: source, onSignal: (name) => calls.push(name) })
    source.receive('SIGTERM')
    source.receive('SIGINT')
    expect([calls, source.exits]).toStrictEqual([['SIGTERM'], [130]])
  })

  it('listens no longer once disposed', () => {
    const source = new FakeProcess()
    const shutdown = listenForShutdown({ process: source })
    shutdown[Symbol.dispose]()
    expect(source.eventNames()).toStrictEqual([])
    source.receive('SIGINT')
    expect(shutdown.signal.aborted).toBe(false)
  })
})

import { ShutdownRequested, type ShutdownSignalName } from './errors.ts'
import { ExitCode } from './exit-code.ts'

/** What `listenForShutdown` uses of `process`. */
export interface SignalSource {
  on(event: ShutdownSignalName, listener: (name: ShutdownSignalName) => void): unknown
  off(event: ShutdownSignalName, listener: (name: ShutdownSignalName) => void): unknown
  exit(code: number): void
}

export interface ShutdownOptions {
  /** Called once, by the first signal, before `signal` aborts. Must not throw. */
  readonly onSignal?: (name: ShutdownSignalName) => void
  readonly process?: SignalSource
}

/** Listens until disposed. */
export interface ShutdownSignal extends Disposable {
  /** Aborted by the first SIGINT or SIGTERM, with a ShutdownRequested as its reason. */
  readonly signal: AbortSignal
  /** The first signal, null before it. */
  readonly received: ShutdownSignalName | null
}

/** First SIGINT or SIGTERM asks to stop, the second ends the process at once with 130. */
export function listenForShutdown(options: ShutdownOptions = {}): ShutdownSignal {
  const source: SignalSource = options.process ?? process
  const controller = new AbortController()
  let received: ShutdownSignalName | null = null
  const listener = (name: ShutdownSignalName): void => {
    if (received !== null) {
      source.exit(ExitCode.INTERRUPTED)
      return
    }
    received = name
    options.onSignal?.(name)
    controller.abort(new ShutdownRequested(name))
  }
  for (const name of SIGNALS) source.on(name, listener)
  return {
    signal: controller.signal,
    get received() {
      return received
    },
    [Symbol.dispose]() {
      for (const name of SIGNALS) source.off(name, listener)
    },
  }
}

const SIGNALS: readonly ShutdownSignalName[] = ['SIGINT', 'SIGTERM']

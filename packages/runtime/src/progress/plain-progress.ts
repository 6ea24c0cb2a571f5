import type { ProgressEmitter } from './emitter.ts'
import type { ProgressEvent, ProgressSnapshot } from './event.ts'
import { progressLine } from './line.ts'

export interface PlainProgressOptions {
  readonly progress: ProgressEmitter
  /** Called with one line, its end included. */
  readonly write: (line: string) => void
}

/** How often a running task gets a line, by its age: often while someone watches, rarely in a log of hours. */
const PACE: readonly { readonly untilSeconds: number; readonly everySeconds: number }[] = [
  { untilSeconds: 10, everySeconds: 1 },
  { untilSeconds: 120, everySeconds: 5 },
  { untilSeconds: Number.POSITIVE_INFINITY, everySeconds: 60 },
]

/** A timer that fires a little early must not skip a whole second. */
const TOLERANCE_SECONDS = 0.05

/**
 * Progress as plain lines, for logs and pipes: start and end of each task at once, in between every second, later every
 * 5 s, then every minute. Time is that of the emitter's clock. `tick` gives lines to tasks that stall, too; `start` calls
 * it each second until the renderer is disposed.
 */
export class PlainProgress implements Disposable {
  readonly #options: PlainProgressOptions
  readonly #unsubscribe: () => void
  /** Age at the last line, by task. */
  readonly #printedAtSeconds = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null

  constructor(options: PlainProgressOptions) {
    this.#options = options
    this.#unsubscribe = options.progress.subscribe((event) => this.#show(event))
  }

  start(): this {
    this.#timer ??= setInterval(() => this.tick(), 1000).unref()
    return this
  }

  /** Prints a line for each running task that is due. */
  tick(): void {
    for (const snapshot of this.#options.progress.snapshots()) this.#show({ kind: 'advanced', snapshot })
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #show(event: ProgressEvent): void {
    const { snapshot } = event
    if (event.kind === 'advanced' && !this.#isDue(snapshot)) return
    if (event.kind === 'finished' || event.kind === 'failed') this.#printedAtSeconds.delete(snapshot.task)
    else this.#printedAtSeconds.set(snapshot.task, snapshot.elapsedSeconds)
    this.#options.write(`${progressLine(event)}\n`)
  }

  #isDue({ task, elapsedSeconds }: ProgressSnapshot): boolean {
    const pace = PACE.find(({ untilSeconds }) => elapsedSeconds <= untilSeconds)
    const everySeconds = pace?.everySeconds ?? 1
    return elapsedSeconds - (this.#printedAtSeconds.get(task) ?? 0) >= everySeconds - TOLERANCE_SECONDS
  }
}

import type { TextSink } from '@zdmkit/runtime'
import type { MigrationEvent, MigrationListener } from '../migration/steps.ts'

/** A step that goes on for long gets a line this often. */
const PROGRESS_EVERY_MS = 5_000

/** Tells of a migration as plain lines, each with the seconds since the start, for logs and pipes. */
export function plainProgress(sink: TextSink, now: () => number = () => performance.now()): MigrationListener {
  const startedMs = now()
  let saidMs = startedMs
  const say = (text: string): void => {
    saidMs = now()
    sink.write(`${((saidMs - startedMs) / 1_000).toFixed(1).padStart(5)} s  ${text}\n`)
  }
  return (event: MigrationEvent) => {
    switch (event.kind) {
      case 'started':
        say(event.title)
        break
      case 'progress':
        if (now() - saidMs >= PROGRESS_EVERY_MS) say(`  ${event.text}`)
        break
      case 'finished':
        say(`  done in ${event.seconds.toFixed(1)} s: ${event.text}`)
        break
      case 'failed':
        // Why is said by whoever catches the error.
        say(`  failed after ${event.seconds.toFixed(1)} s`)
        break
    }
  }
}

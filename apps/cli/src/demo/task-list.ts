import { Listr } from 'listr2'
import { MIGRATION_STEPS, type MigrationEvent, type MigrationListener, type MigrationStep } from '../migration/steps.ts'

/** A migration as a list of tasks on a terminal. */
export interface TaskList {
  readonly listener: MigrationListener
  /** Draws the end state; to be called once the migration has ended, before anything else is printed. */
  close(): Promise<void>
}

/** What one line of the list waits for. */
interface Line {
  readonly ended: PromiseWithResolvers<string>
  /** Set once the line is drawn. */
  say: (text: string) => void
}

/** Draws all steps on standard output at once, and each of them as it goes. */
export function taskList(): TaskList {
  const lines = new Map<MigrationStep, Line>()
  for (const { name } of MIGRATION_STEPS) {
    const line = { ended: Promise.withResolvers<string>(), say: () => {} }
    // Lines after the one that failed are never looked at.
    line.ended.promise.catch(() => {})
    lines.set(name, line)
  }
  const lineOf = (step: MigrationStep): Line => lines.get(step) as Line
  const list = new Listr(
    MIGRATION_STEPS.map(({ name, title }) => ({
      title,
      task: async (_, task): Promise<void> => {
        const line = lineOf(name)
        line.say = (text) => {
          task.output = text
        }
        task.title = `${title}: ${await line.ended.promise}`
      },
    })),
    {
      exitOnError: true,
      // Signals are ours: the first one stops the migration in order.
      registerSignalListeners: false,
      rendererOptions: {
        showErrorMessage: false,
        collapseErrors: false,
      },
    },
  )
  const drawn = list.run().catch(() => {})
  return {
    listener(event: MigrationEvent): void {
      const line = lineOf(event.step)
      switch (event.kind) {
        case 'started':
          break
        case 'progress':
          line.say(event.text)
          break
        case 'finished':
          line.ended.resolve(`${event.text} (${event.seconds.toFixed(1)} s)`)
          break
        case 'failed':
          line.ended.reject(new Error('failed'))
          break
      }
    },
    async close(): Promise<void> {
      for (const line of lines.values()) line.ended.reject(new Error('not reached'))
      await drawn
    },
  }
}

/** The steps of a migration, in order; a progress display can show all of them before the first one starts. */
export const MIGRATION_STEPS = [
  { name: 'clusters', title: 'Start origin and target' },
  { name: 'data', title: 'Create the keyspace on both, seed the origin' },
  { name: 'proxy', title: 'Start the proxy and the traffic through it' },
  { name: 'phase-1', title: 'Phase 1: origin only' },
  { name: 'phase-2', title: 'Phase 2: dual writes' },
  { name: 'phase-3', title: 'Phase 3: backfill while traffic runs' },
  { name: 'phase-4', title: 'Phase 4: dual reads, then reads from the target' },
  { name: 'phase-5', title: 'Phase 5: target as primary' },
  { name: 'validate', title: 'Compare every row of both clusters' },
  { name: 'ledger', title: 'Look for every acknowledged write on both clusters' },
  { name: 'end', title: 'Stop the proxy and the clusters' },
] as const

/** Name of a step. */
export type MigrationStep = (typeof MIGRATION_STEPS)[number]['name']

/** What a migration tells while it runs. Each step starts once and then finishes or fails; one runs at a time. */
export type MigrationEvent =
  | { readonly kind: 'started'; readonly step: MigrationStep; readonly title: string }
  /** How it goes: one line, which takes the place of the one before. */
  | { readonly kind: 'progress'; readonly step: MigrationStep; readonly text: string }
  | { readonly kind: 'finished'; readonly step: MigrationStep; readonly text: string; readonly seconds: number }
  | { readonly kind: 'failed'; readonly step: MigrationStep; readonly error: unknown; readonly seconds: number }

/** Called during the step; must not throw. */
export type MigrationListener = (event: MigrationEvent) => void

/** Says one line about the step under way. */
export type Say = (text: string) => void

/** Runs steps and tells of them. */
export class StepRunner {
  readonly #listener: MigrationListener
  readonly #signal: AbortSignal
  readonly #now: () => number

  constructor(listener: MigrationListener, signal: AbortSignal, now: () => number = () => performance.now()) {
    this.#listener = listener
    this.#signal = signal
    this.#now = now
  }

  /**
   * Runs one step; `summarize` is its line when it is done. What fails after an abort failed because of it, so the signal's
   * reason is thrown then.
   */
  async run<T>(step: MigrationStep, work: (say: Say) => Promise<T>, summarize: (result: T) => string): Promise<T> {
    const { title } = MIGRATION_STEPS.find(({ name }) => name === step) ?? { title: step }
    const startedMs = this.#now()
    const seconds = (): number => (this.#now() - startedMs) / 1_000
    this.#listener({ kind: 'started', step, title })
    try {
      const result = await work((text) => this.#listener({ kind: 'progress', step, text }))
      this.#listener({ kind: 'finished', step, text: summarize(result), seconds: seconds() })
      return result
    } catch (error) {
      const reason: unknown = this.#signal.aborted ? this.#signal.reason : error
      this.#listener({ kind: 'failed', step, error: reason, seconds: seconds() })
      throw reason
    }
  }
}

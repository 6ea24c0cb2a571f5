import { ExitCode, type MainIo } from '@zdmkit/runtime'
import { embeddedProvider } from '@zdmkit/testkit'
import { formatReport } from '../migration/format-report.ts'
import { runMigration } from '../migration/migration.ts'
import type { MigrationOptions } from '../migration/options.ts'
import type { MigrationReport } from '../migration/report.ts'
import { DEMO_ORIGIN, DEMO_TARGET } from './clusters.ts'
import { assertNothingKept, keptLines, rememberKept } from './kept-demo.ts'
import { plainProgress } from './plain-progress.ts'
import { taskList } from './task-list.ts'

/** A demo as the command asks for it. */
export interface DemoOptions {
  readonly keep: boolean
  readonly seed: number
  readonly phaseSeconds: number
  /** The proxy's; 0: any free one. */
  readonly port: number
  readonly outDirectory: string
  readonly signal: AbortSignal
  readonly io: MainIo
  /** What tests put in the place of the clusters of this machine, or between the proxy and them. */
  readonly migration?: Partial<Pick<MigrationOptions, 'provider' | 'interpose' | 'onPhase'>>
}

/**
 * Walks the migration, shows how it goes (on a terminal as a list of tasks, else as lines on stderr) and prints the report on stdout.
 * @returns the exit code: 0 only where nothing failed, was lost or differs
 */
export async function walkDemo(options: DemoOptions): Promise<number> {
  const { keep, seed, phaseSeconds, port, outDirectory, signal, io } = options
  if (keep) await assertNothingKept(outDirectory)
  // A terminal that we were given as something else, as tests do, cannot be drawn on.
  const tasks = io.stdout === process.stdout && process.stdout.isTTY ? taskList() : null
  let report: MigrationReport
  try {
    report = await runMigration({
      ...{ origin: DEMO_ORIGIN, target: DEMO_TARGET, provider: embeddedProvider() },
      ...{ keep, seed, phaseSeconds, proxyPort: port, outDirectory, signal },
      progress: tasks?.listener ?? plainProgress(io.stderr),
      ...options.migration,
    })
  } finally {
    await tasks?.close()
  }
  await rememberKept(outDirectory, report)
  io.stdout.write(`${formatReport(report)}\n`)
  for (const line of keptLines(report, outDirectory)) io.stdout.write(`${line}\n`)
  io.stdout.write(`Report: ${outDirectory}/report.json\n`)
  return report.isSuccess ? ExitCode.OK : ExitCode.FAILURE
}

import type { MainIo } from '@zdmkit/runtime'
import { embeddedProvider } from '@zdmkit/testkit'
import { formatReport } from '../migration/format-report.ts'
import { runMigration } from '../migration/migration.ts'
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
}

/** Walks the migration, shows how it goes (on a terminal as a list of tasks, else as lines on stderr) and prints the report on stdout. */
export async function walkDemo(options: DemoOptions): Promise<MigrationReport> {
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
    })
  } finally {
    await tasks?.close()
  }
  await rememberKept(outDirectory, report)
  io.stdout.write(`${formatReport(report)}\n`)
  for (const line of keptLines(report)) io.stdout.write(`${line}\n`)
  io.stdout.write(`Report: ${outDirectory}/report.json\n`)
  return report
}

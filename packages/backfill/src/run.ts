import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Cluster, type ClusterAddress } from '@zdmkit/cluster'
import {
  createLogger,
  type Environment,
  listenForShutdown,
  type MainIo,
  PlainProgress,
  ProgressEmitter,
  readCommand,
  type Secret,
  ShutdownRequested,
} from '@zdmkit/runtime'
import { runBackfill } from './backfill.ts'
import { type BackfillSettings, settings } from './config.ts'
import { BackfillError } from './errors.ts'
import type { ProxyGate } from './gate.ts'
import { type BackfillReport, formatReport } from './report.ts'

/** Exit codes of zdm-backfill, in the way of DSBulk. */
export const BackfillExit = { DONE: 0, RANGES_FAILED: 1, FATAL: 3, INTERRUPTED: 4 } as const

/** The command: settings in, report on stdout, progress and log on stderr, exit code out. */
export async function run(argv: readonly string[], env: Environment, io: MainIo): Promise<number> {
  const command = readCommand({ settings, version: packageVersion(), argv, env })
  if (command.kind === 'print') {
    io.stdout.write(command.text)
    return BackfillExit.DONE
  }
  const { settings: values, warnings } = command.loaded
  for (const { message } of warnings) io.stderr.write(`zdm-backfill: ${message}\n`)
  const gate = gateOf(values)
  using shutdown = listenForShutdown()
  const progress = new ProgressEmitter()
  using lines = new PlainProgress({ progress, write: (line) => io.stderr.write(line) })
  lines.start()
  const logger = createLogger({ name: 'zdm-backfill', level: values.logLevel })
  await using origin = await Cluster.connect(addressOf(values, 'origin'), { applicationName: 'zdm-backfill' })
  await using target = await Cluster.connect(addressOf(values, 'target'), { applicationName: 'zdm-backfill' })
  const report = await runBackfill(
    {
      origin,
      target,
      keyspace: values.keyspace,
      ...(values.tables.length > 0 ? { tables: values.tables } : {}),
      gate,
      fenceMicros: values.fenceMicros === null ? null : BigInt(values.fenceMicros),
      markers: values.markers,
      accept: values.accept,
      checkpointFile: values.checkpointFile || null,
      readConsistency: values.readConsistency,
      writeConsistency: values.writeConsistency,
      rangesPerTable: values.rangesPerTable,
      concurrency: values.concurrency,
      fetchSize: values.fetchSize,
      rateLimitRows: values.rateLimit || null,
      batchStatementsMax: values.batchStatements,
      batchBytesMax: values.batchBytes,
      inFlightRowsMax: values.inFlightRows,
      inFlightBytesMax: values.inFlightBytes,
      failedRangesMax: values.failedRanges,
    },
    { signal: shutdown.signal, progress, logger },
  )
  if (values.reportFile) await writeFile(values.reportFile, `${JSON.stringify(report, null, 2)}\n`)
  io.stdout.write(formatReport(report))
  return exitCodeOfReport(report)
}

/** The exit code of an error: everything but an interruption kept the run from starting or going on. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof ShutdownRequested) return BackfillExit.INTERRUPTED
  return BackfillExit.FATAL
}

export function exitCodeOfReport(report: Pick<BackfillReport, 'outcome'>): number {
  switch (report.outcome) {
    case 'complete':
      return BackfillExit.DONE
    case 'failed':
      return BackfillExit.RANGES_FAILED
    case 'interrupted':
      return BackfillExit.INTERRUPTED
  }
}

function gateOf(values: BackfillSettings): ProxyGate | 'offline' {
  if (values.gate === 'offline') return 'offline'
  if (values.adminToken === null) {
    throw new BackfillError(
      'BACKFILL_BAD_OPTION',
      'the gate asks the proxy, which needs admin_token (or admin_token_file); for a copy without traffic set gate to offline',
    )
  }
  return { adminUrl: values.adminUrl, token: values.adminToken, deadlineMs: values.gateTimeoutMs }
}

function addressOf(values: BackfillSettings, side: 'origin' | 'target'): ClusterAddress {
  const isOrigin = side === 'origin'
  const username = isOrigin ? values.originUsername : values.targetUsername
  const password: Secret | null = isOrigin ? values.originPassword : values.targetPassword
  return {
    contactPoints: isOrigin ? values.originContactPoints : values.targetContactPoints,
    port: isOrigin ? values.originPort : values.targetPort,
    localDataCenter: (isOrigin ? values.originLocalDatacenter : values.targetLocalDatacenter) || null,
    ...(username === '' ? {} : { credentials: { username, password: password?.reveal() ?? '' } }),
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

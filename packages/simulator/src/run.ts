import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ClusterError } from '@zdmkit/cluster'
import {
  type Environment,
  ExitCode,
  listenForShutdown,
  type MainIo,
  readCommand,
  type ShutdownOptions,
} from '@zdmkit/runtime'
import { type SimulatorSettings, simulatorSettings } from './config.ts'
import { Ledger } from './ledger.ts'
import { headerLines, summaryLines } from './report.ts'
import { type SimulationOptions, startSimulation } from './simulation.ts'

/** What tests put in the place of the network, the clock and the process. */
export interface RunSeams extends Pick<SimulationOptions, 'connect' | 'clock' | 'sleep'> {
  readonly process?: NonNullable<ShutdownOptions['process']>
}

/** The command: 0 when every operation succeeded, 1 when one failed. Ctrl-C ends it early, with the summary. */
export async function run(
  argv: readonly string[],
  env: Environment,
  io: MainIo,
  seams: RunSeams = {},
): Promise<number> {
  const { process, ...simulationSeams } = seams
  const command = readCommand({ settings: simulatorSettings, version: packageVersion(), argv, env })
  if (command.kind === 'print') {
    io.stdout.write(command.text)
    return ExitCode.OK
  }
  const print = (lines: readonly string[]): unknown => io.stdout.write(lines.map((line) => `${line}\n`).join(''))
  for (const { message } of command.loaded.warnings) io.stderr.write(`zdm-simulate: ${message}\n`)
  const { settings } = command.loaded
  const seed = settings.seed ?? randomInt(2 ** 32)
  const options = toOptions(settings)
  using shutdown = listenForShutdown({
    onSignal: () => io.stderr.write('\nStopping once the operations in flight are answered\n'),
    ...(process ? { process } : {}),
  })
  await using ledger =
    settings.ledger === null ? null : await Ledger.create(settings.ledger, { seed, keepEntries: false })
  io.stderr.write(`zdm-simulate: ${settings.host} port ${settings.port}, seed ${seed}\n`)
  print(headerLines(options))
  const simulation = await startSimulation({
    ...options,
    ...simulationSeams,
    seed,
    ledger,
    signal: shutdown.signal,
    onOperation: ({ line }) => print([line]),
  })
  const report = await simulation.finished
  print(summaryLines(report))
  return report.failures === 0 ? ExitCode.OK : ExitCode.FAILURE
}

/** The command's own exit codes for errors; others are the runtime's. */
export function exitCode(error: unknown): number | undefined {
  return error instanceof ClusterError && error.code === 'CLUSTER_NO_HOST' ? ExitCode.UNAVAILABLE : undefined
}

type CommandOptions = Pick<SimulationOptions, 'address' | 'keyspace' | 'workers' | 'tables'> & {
  readonly durationSeconds: number
  readonly delayMs: number
  readonly readRatio: number
}

function toOptions(settings: SimulatorSettings): CommandOptions {
  const { username, password } = settings
  return {
    address: {
      contactPoints: settings.host.split(',').map((host) => host.trim()),
      port: settings.port,
      localDataCenter: settings.localDatacenter,
      ...(username !== null && password !== null ? { credentials: { username, password: password.reveal() } } : {}),
    },
    keyspace: settings.keyspace,
    durationSeconds: settings.duration,
    delayMs: settings.delay * 1_000,
    readRatio: settings.readRatio,
    workers: settings.workers,
    tables: settings.tables,
  }
}

function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
}

import { readFileSync } from 'node:fs'
import type { ClusterAddress } from '@zdmkit/cluster'
import {
  type Environment,
  listenForShutdown,
  type MainIo,
  PlainProgress,
  ProgressEmitter,
  readCommand,
  type Secret,
  type ShutdownOptions,
} from '@zdmkit/runtime'
import { type ValidatorSettings, validatorSettings } from './config.ts'
import { ValidatorExitCode } from './exit-code.ts'
import { reportLines } from './report.ts'
import { runValidation, type ValidationOptions } from './validation.ts'

/** What tests put in the place of the clusters and the process. */
export interface RunSeams {
  readonly validate?: typeof runValidation
  readonly process?: NonNullable<ShutdownOptions['process']>
}

/** The command: 0 equal, 1 differences. Errors are thrown, for `exitCode` to judge. Progress goes to stderr. */
export async function run(
  argv: readonly string[],
  env: Environment,
  io: MainIo,
  seams: RunSeams = {},
): Promise<number> {
  const command = readCommand({ settings: validatorSettings, version: packageVersion(), argv, env })
  if (command.kind === 'print') {
    io.stdout.write(command.text)
    return ValidatorExitCode.EQUAL
  }
  const { settings, warnings } = command.loaded
  for (const { message } of warnings) io.stderr.write(`zdm-validate: ${message}\n`)
  using shutdown = listenForShutdown(seams.process ? { process: seams.process } : {})
  const progress = new ProgressEmitter()
  using _lines = new PlainProgress({ progress, write: (line) => io.stderr.write(line) }).start()
  const validate = seams.validate ?? runValidation
  const report = await validate(toOptions(settings), { signal: shutdown.signal, progress })
  io.stdout.write(settings.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportLines(report).join('\n')}\n`)
  return report.equal ? ValidatorExitCode.EQUAL : ValidatorExitCode.DIFFERENCES
}

function toOptions(settings: ValidatorSettings): ValidationOptions {
  return {
    origin: toAddress({
      contactPoints: settings.originContactPoints,
      port: settings.originPort,
      localDataCenter: settings.originLocalDatacenter,
      username: settings.originUsername,
      password: settings.originPassword,
    }),
    target: toAddress({
      contactPoints: settings.targetContactPoints,
      port: settings.targetPort,
      localDataCenter: settings.targetLocalDatacenter,
      username: settings.targetUsername,
      password: settings.targetPassword,
    }),
    keyspace: settings.keyspace,
    ...(settings.tables.length > 0 ? { tables: settings.tables } : {}),
    splits: settings.splits,
    concurrency: settings.concurrency,
    pageSize: settings.pageSize,
    consistency: settings.consistency,
    recheckDelayMs: settings.recheckDelayMs,
    recheckTries: settings.recheckTries,
    maxListed: settings.maxListed,
  }
}

function toAddress({
  username,
  password,
  ...place
}: Omit<ClusterAddress, 'credentials'> & {
  readonly username: string | null
  readonly password: Secret | null
}): ClusterAddress {
  if (username === null || password === null) return place
  return { ...place, credentials: { username, password: password.reveal() } }
}

function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
}

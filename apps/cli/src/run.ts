import { type Environment, ExitCode, errorCode, type MainIo } from '@zdmkit/runtime'
import { Command, CommanderError } from 'commander'
import { backfillCommand } from './commands/backfill.ts'
import type { CommandContext } from './commands/command-context.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { proxyCommand } from './commands/proxy.ts'
import { routingCommand } from './commands/routing.ts'
import { simulateCommand } from './commands/simulate.ts'
import { testCommand } from './commands/test.ts'
import { validateCommand } from './commands/validate.ts'
import { packageVersion } from './package-version.ts'

/** The `zdm` command. */
export async function run(argv: readonly string[], env: Environment, io: MainIo): Promise<number> {
  const context: CommandContext = { env, io, exitCode: ExitCode.OK }
  const program = new Command('zdm')
    .description('Moves a Cassandra, DSE or HCD application to another cluster without downtime.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this text')
    .helpCommand('help [command]', "print a command's help")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText('before', EXAMPLES)
  const commands = [
    ...[demoCommand, proxyCommand, backfillCommand, validateCommand, simulateCommand, routingCommand],
    ...[testCommand, doctorCommand],
  ]
  for (const make of commands) program.addCommand(make(context))
  prepare(program, io)
  if (argv.length === 0) {
    io.stdout.write(program.helpInformation())
    return ExitCode.OK
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE
  }
  return context.exitCode
}

const EXAMPLES = `Examples:
  zdm demo                    a whole migration on two real clusters, with live traffic
  zdm demo --keep             the same, and leave it running to look around
  zdm proxy --config zdm-config.yml
  zdm backfill --help
`

/** What the machine lacks, or what the user has to change first. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'EMBEDDED_JAVA_MISSING',
  'EMBEDDED_JAVA_WRONG_VERSION',
  'EMBEDDED_MAVEN_MISSING',
  'EMBEDDED_DOWNLOAD_FAILED',
  'EMBEDDED_DISK_FULL',
  'EMBEDDED_PORT_TAKEN',
  'EMBEDDED_ADDRESS_UNAVAILABLE',
  'MIGRATION_FOLDER_NOT_WRITABLE',
  'MIGRATION_PORT_TAKEN',
])

/** Exit codes of errors that the runtime has no rule for. */
export function exitCode(error: unknown): number | undefined {
  const code = errorCode(error)
  if (code === 'CLI_USAGE' || code === 'MIGRATION_BAD_OPTION') return ExitCode.USAGE
  return code !== null && UNAVAILABLE.has(code) ? ExitCode.UNAVAILABLE : undefined
}

/** Errors of usage are thrown to `run`, and every command prints where we are told to. */
function prepare(command: Command, io: MainIo): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  })
  for (const child of command.commands) prepare(child, io)
}

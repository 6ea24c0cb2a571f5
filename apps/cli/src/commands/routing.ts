import { readFileSync } from 'node:fs'
import { ExitCode } from '@zdmkit/runtime'
import { Command, InvalidArgumentError, Option } from 'commander'
import { CliError } from '../errors.ts'
import { AdminClient, type RoutingStatus } from '../migration/proxy/admin-client.ts'
import type { CommandContext } from './command-context.ts'

interface AdminFlags {
  readonly adminUrl: string
  readonly tokenFile: string
}

interface ChangeFlags extends AdminFlags {
  readonly writes?: 'origin' | 'dual' | 'target'
  readonly primary?: 'origin' | 'target'
  readonly readMode?: 'PRIMARY_ONLY' | 'DUAL_ASYNC_ON_SECONDARY'
  readonly targetReadPercent?: number
}

/** `zdm routing`: what a running proxy does with reads and writes, and how to change it. */
export function routingCommand(context: CommandContext): Command {
  const get = adminOptions(new Command('get'))
    .summary('print the routing in force')
    .description('Prints the routing in force as JSON.')
    .action(async (flags: AdminFlags) => {
      print(context, await clientOf(flags).readRouting())
    })
  const set = adminOptions(new Command('set'))
    .summary('change it, and wait until the change is settled')
    .description('Changes what is given, leaves the rest, and waits until no request routed before is on its way.')
    .addOption(new Option('--writes <mode>', 'clusters that writes go to').choices(['origin', 'dual', 'target']))
    .addOption(
      new Option('--primary <cluster>', 'cluster whose answers the application gets').choices(['origin', 'target']),
    )
    .addOption(
      new Option('--read-mode <mode>', 'whether reads are compared').choices([
        'PRIMARY_ONLY',
        'DUAL_ASYNC_ON_SECONDARY',
      ]),
    )
    .option('--target-read-percent <percent>', 'share of the keys that are read from the target', percent)
    .action(async ({ adminUrl, tokenFile, ...change }: ChangeFlags) => {
      if (Object.keys(change).length === 0) {
        throw new CliError('CLI_USAGE', 'routing set changes nothing: name at least one of its options, see --help')
      }
      const client = clientOf({ adminUrl, tokenFile })
      await client.changeRouting(change)
      print(context, await client.untilSettled())
    })
  return new Command('routing')
    .summary('read or change the routing of a running proxy')
    .description('Reads or changes the routing of a running proxy, by its admin API.')
    .addHelpText(
      'after',
      `
Examples:
  zdm routing get --token-file zdm-admin-token
  zdm routing set --token-file zdm-admin-token --writes dual
  zdm routing set --token-file zdm-admin-token --read-mode DUAL_ASYNC_ON_SECONDARY --target-read-percent 10
  zdm routing set --token-file zdm-admin-token --primary target --read-mode PRIMARY_ONLY`,
    )
    .addCommand(get)
    .addCommand(set)
}

function adminOptions(command: Command): Command {
  return command
    .option('--admin-url <url>', "root of the proxy's admin API", 'http://127.0.0.1:14003')
    .option('--token-file <file>', 'file with its token', 'zdm-admin-token')
}

function clientOf({ adminUrl, tokenFile }: AdminFlags): AdminClient {
  let token: string
  try {
    token = readFileSync(tokenFile, 'utf8').trim()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('CLI_USAGE', `the token of the admin API cannot be read (--token-file): ${reason}`, { cause })
  }
  return new AdminClient({ url: adminUrl, token })
}

function print(context: CommandContext, status: RoutingStatus): void {
  context.io.stdout.write(`${JSON.stringify(status, null, 2)}\n`)
  context.exitCode = ExitCode.OK
}

function percent(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 100) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 100.')
  }
  return value
}

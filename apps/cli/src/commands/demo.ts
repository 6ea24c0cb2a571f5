import { listenForShutdown } from '@zdmkit/runtime'
import { Command, InvalidArgumentError } from 'commander'
import { demoDirectory } from '../demo/out-directory.ts'
import type { CommandContext } from './command-context.ts'
import { demoStopCommand } from './demo-stop.ts'

interface DemoFlags {
  readonly keep: boolean
  readonly out?: string
  readonly seed: number
  readonly phaseSeconds: number
  readonly port: number
}

/** `zdm demo`: a whole migration on two real clusters of this machine. */
export function demoCommand(context: CommandContext): Command {
  return (
    new Command('demo')
      .summary('a whole migration on two real clusters, with live traffic')
      .description(
        'Starts two real Cassandra clusters and the proxy, sends live traffic through it, walks the five phases of a migration and judges the result. Exit code 0 only if no operation failed, no acknowledged write is lost and no row differs.',
      )
      .option('--keep', 'leave the clusters and the proxy running at the end', false)
      .option('--out <dir>', 'folder for report.json and proxy.log (default: .zdm/demo of the repository)')
      .option('--seed <number>', 'the same number gives the same data and the same operations', wholeNumber, 1)
      .option('--phase-seconds <seconds>', 'least time of each phase, and of each step of phase 4', positiveNumber, 5)
      .option('--port <port>', "the proxy's port for clients; 0 takes any free one", wholeNumber, 0)
      .addHelpText(
        'after',
        `
Examples:
  zdm demo                        about a minute; report on stdout and in .zdm/demo/report.json
  zdm demo --keep                 look around afterwards: how to connect is printed
  zdm demo stop                   end what --keep left running
  zdm demo --seed 7 --out /tmp/seven

Exit codes: 0 nothing lost, 1 something failed, was lost or differs, 64 usage, 69 the machine lacks something, 130 interrupted`,
      )
      // What stands after `stop` is for `stop`.
      .enablePositionalOptions()
      .addCommand(demoStopCommand(context))
      .action(async (flags: DemoFlags) => {
        context.exitCode = await runDemo(flags, context)
      })
  )
}

async function runDemo({ out, ...flags }: DemoFlags, { io }: CommandContext): Promise<number> {
  using shutdown = listenForShutdown({
    onSignal: () => io.stderr.write('\nStopping: ending the proxy and the clusters\n'),
  })
  // Said before the clusters' code is loaded, which takes a moment.
  io.stdout.write(`zdm demo: a migration in five phases, on two clusters of this machine; seed ${flags.seed}\n`)
  const { walkDemo } = await import('../demo/demo.ts')
  return await walkDemo({ ...flags, outDirectory: demoDirectory(out), signal: shutdown.signal, io })
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number from 0.')
  return value
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

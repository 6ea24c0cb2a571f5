import { ExitCode } from '@zdmkit/runtime'
import { Command } from 'commander'
import { demoDirectory } from '../demo/out-directory.ts'
import type { CommandContext } from './command-context.ts'

/** `zdm demo stop`: ends what `zdm demo --keep` left running. */
export function demoStopCommand(context: CommandContext): Command {
  return new Command('stop')
    .summary('end what --keep left running')
    .description('Ends the proxy and the clusters that a demo with --keep left running, and removes their folders.')
    .option('--out <dir>', 'the folder that was given to the demo (default: .zdm/demo of the repository)')
    .addHelpText('after', '\nExample:\n  zdm demo stop')
    .action(async ({ out }: { readonly out?: string }) => {
      const { io } = context
      const directory = demoDirectory(out)
      const { endKeptDemo } = await import('../demo/kept-demo.ts')
      const result = await endKeptDemo(directory)
      if (result === null) io.stdout.write(`Nothing to stop: no demo was kept in ${directory}\n`)
      else {
        if (result.ended.length > 0) io.stdout.write(`Ended: ${result.ended.join(', ')}\n`)
        if (result.gone.length > 0) io.stdout.write(`Had ended before: ${result.gone.join(', ')}\n`)
      }
      context.exitCode = ExitCode.OK
    })
}

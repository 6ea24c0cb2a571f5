import { listenForShutdown } from '@zdmkit/runtime'
import { Command } from 'commander'
import { checkoutRoot } from '../checkout.ts'
import type { CommandContext } from './command-context.ts'

/** `zdm test`: every check and test of the checkout. */
export function testCommand(context: CommandContext): Command {
  return new Command('test')
    .summary('lint, types, build, unit tests and tests on real clusters')
    .description('Runs every check and test of the checkout.')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[options...]', 'see test --help')
    .action(async (argv: string[]) => {
      const root = checkoutRoot('test')
      const { runTests } = await import('../test-runner/run.ts')
      using shutdown = listenForShutdown()
      const { env, io } = context
      context.exitCode = await runTests({
        root,
        argv,
        env,
        output: { isTTY: io.stdout.isTTY ?? false, write: (text) => io.stdout.write(text) },
        signal: shutdown.signal,
      })
    })
}

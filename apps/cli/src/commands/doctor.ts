import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ExitCode } from '@zdmkit/runtime'
import { Command } from 'commander'
import { checkoutRoot } from '../checkout.ts'
import type { CommandContext } from './command-context.ts'

/** `zdm doctor`: answered by the shell script, which needs no Node to say that Node is missing. */
export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .summary('check Node, Java, Maven, disk, loopback and ports')
    .description('Says what this machine has and what it lacks.')
    .addHelpText('after', '\nExample:\n  ./zdm doctor')
    .action(async () => {
      const script = spawn(join(checkoutRoot('doctor'), 'zdm'), ['doctor'], { stdio: ['ignore', 'inherit', 'inherit'] })
      const [code] = (await once(script, 'exit')) as [number | null]
      context.exitCode = code ?? ExitCode.FAILURE
    })
}

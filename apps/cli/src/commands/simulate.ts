import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { toolCommand } from './tool-command.ts'

/** `zdm simulate`: the command zdm-simulate. */
export function simulateCommand(context: CommandContext): Command {
  return toolCommand(
    {
      ...{
        command: 'simulate',
        bin: 'zdm-simulate',
        summary: 'application traffic with a ledger of its acknowledged writes',
      },
      load: async () => {
        const { exitCode, run } = await import('@zdmkit/simulator')
        return { run, exitCode }
      },
    },
    context,
  )
}

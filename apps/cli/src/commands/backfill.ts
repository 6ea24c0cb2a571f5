import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { toolCommand } from './tool-command.ts'

/** `zdm backfill`: the command zdm-backfill. */
export function backfillCommand(context: CommandContext): Command {
  return toolCommand(
    {
      ...{ command: 'backfill', bin: 'zdm-backfill', summary: 'copy tables from the origin to the target' },
      load: async () => {
        const { exitCodeOfError: exitCode, run } = await import('@zdmkit/backfill')
        return { run, exitCode }
      },
    },
    context,
  )
}

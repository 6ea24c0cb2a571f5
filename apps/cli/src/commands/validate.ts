import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { toolCommand } from './tool-command.ts'

/** `zdm validate`: the command zdm-validate. */
export function validateCommand(context: CommandContext): Command {
  return toolCommand(
    {
      ...{ command: 'validate', bin: 'zdm-validate', summary: 'compare the tables of both clusters' },
      load: async () => {
        const { exitCode, run } = await import('@zdmkit/validator')
        return { run, exitCode }
      },
    },
    context,
  )
}

import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { toolCommand } from './tool-command.ts'

/** `zdm proxy`: the command zdm-proxy. */
export function proxyCommand(context: CommandContext): Command {
  return toolCommand(
    {
      ...{ command: 'proxy', bin: 'zdm-proxy', summary: 'the dual-write proxy' },
      load: async () => {
        const { run } = await import('@zdmkit/proxy')
        return { run }
      },
    },
    context,
  )
}

import { errorLines, exitCodeOf, type Run } from '@zdmkit/runtime'
import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'

/** A tool with a command of its own, as a command of this one. */
export interface Tool {
  /** As a command of `zdm`. */
  readonly command: string
  /** Name of its own command. */
  readonly bin: string
  readonly summary: string
  /** Loads it: what is not asked for is not loaded. */
  readonly load: () => Promise<LoadedTool>
}

/** The tool's own command. */
export interface LoadedTool {
  readonly run: Run
  /** Its rule for errors, where it has one. */
  readonly exitCode?: (error: unknown) => number | undefined
}

/** Passes everything after the command's name on to the tool, `--help` too, and takes its exit code. */
export function toolCommand(tool: Tool, context: CommandContext): Command {
  return new Command(tool.command)
    .summary(tool.summary)
    .description(tool.summary)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[options...]', `options of ${tool.bin}; ${tool.command} --help lists them`)
    .action(async (argv: string[]) => {
      const { run, exitCode } = await tool.load()
      try {
        context.exitCode = await run(argv, context.env, context.io)
      } catch (error) {
        for (const line of errorLines(tool.bin, error)) context.io.stderr.write(`${line}\n`)
        context.exitCode = exitCode?.(error) ?? exitCodeOf(error)
      }
    })
}

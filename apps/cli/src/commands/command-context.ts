import type { Environment, MainIo } from '@zdmkit/runtime'

/** What every command is given, and where it leaves its exit code. */
export interface CommandContext {
  readonly env: Environment
  readonly io: MainIo
  exitCode: number
}

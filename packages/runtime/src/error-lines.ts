import { causeChain, errorCode } from './error-fields.ts'
import { SettingsError } from './errors.ts'

/** Frames of the stack shown for a bug. */
const FRAMES_SHOWN = 3

/**
 * What a command prints when it fails, one line per error: `zdm-proxy: CONFIG_BAD_VALUE: …`, with the causes at its end.
 * An error without a code is a bug and is shown with the place it was thrown at.
 */
export function errorLines(tool: string, error: unknown): string[] {
  if (error instanceof SettingsError) {
    return error.problems.map((problem) => oneLine(`${tool}: ${problem.code}: ${problem.message}`))
  }
  if (error instanceof AggregateError && error.errors.length > 0 && errorCode(error) === null) {
    return error.errors.flatMap((member) => errorLines(tool, member))
  }
  const causes = causeChain(error).map((cause) => `; cause: ${summary(cause)}`)
  return [oneLine(`${tool}: ${summary(error)}${causes.join('')}${place(error)}`)]
}

function summary(error: unknown): string {
  if (!(error instanceof Error)) return `UNEXPECTED: ${String(error)}`
  const code = errorCode(error)
  return code === null ? `UNEXPECTED: ${error.name}: ${error.message}` : `${code}: ${error.message}`
}

function place(error: unknown): string {
  if (!(error instanceof Error) || errorCode(error) !== null) return ''
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return frames.length === 0
    ? ''
    : ` (${frames
        .slice(0, FRAMES_SHOWN)
        .map((frame) => frame.trim())
        .join(', ')})`
}

function oneLine(text: string): string {
  return text.replace(/\s*\r?\n\s*/g, ' ')
}

import { constants } from 'node:fs'
import { access, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../errors.ts'

/** Says at once that a folder cannot be written, without making it: an interrupted run leaves none behind. */
export async function assertCanWrite(directory: string): Promise<void> {
  let existing = directory
  try {
    while (!(await exists(existing)) && dirname(existing) !== existing) existing = dirname(existing)
    if (!(await stat(existing)).isDirectory()) throw new Error(`${existing} is no folder`)
    await access(existing, constants.W_OK)
  } catch (cause) {
    throw notWritable(directory, cause)
  }
}

/** Writes a file into the folder, which is made where it is missing. @throws MIGRATION_FOLDER_NOT_WRITABLE */
export async function writeInto(directory: string, name: string, text: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, name), text)
  } catch (cause) {
    throw notWritable(directory, cause)
  }
}

function notWritable(directory: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `${directory} cannot be written (${reason}): free some space there, or name another folder with --out`
  return new CliError('MIGRATION_FOLDER_NOT_WRITABLE', message, { cause })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

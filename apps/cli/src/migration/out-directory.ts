import { mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../errors.ts'

/** Room for a report and a log, so that a full disk is found at the start. */
const PROBE_BYTES = 1_000_000

/**
 * Says at once that a folder cannot be written, instead of after a whole run. Leaves no trace: an interrupted run must not.
 * @throws MIGRATION_FOLDER_NOT_WRITABLE
 */
export async function assertCanWrite(directory: string): Promise<void> {
  const made: string[] = []
  try {
    await makeFolders(directory, made)
    const probe = join(directory, `.probe-${process.pid}`)
    try {
      await writeFile(probe, Buffer.alloc(PROBE_BYTES))
    } finally {
      await rm(probe, { force: true })
    }
  } catch (cause) {
    throw notWritable(directory, cause)
  } finally {
    // Another run may use them meanwhile, and then they are not empty.
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {})
  }
}

/** Writes a file into the folder, which is made where it is missing. @throws MIGRATION_FOLDER_NOT_WRITABLE */
export async function writeInto(directory: string, name: string, text: string): Promise<void> {
  try {
    await makeFolders(directory, [])
    await writeFile(join(directory, name), text)
  } catch (cause) {
    throw notWritable(directory, cause)
  }
}

/** Level by level: Node's own `recursive` never comes back where a folder cannot be made, in /proc say. */
async function makeFolders(directory: string, made: string[]): Promise<void> {
  if (await isFolder(directory)) return
  await makeFolders(dirname(directory), made)
  try {
    await mkdir(directory)
    made.push(directory)
  } catch (error) {
    if (!(isErrno(error, 'EEXIST') && (await isFolder(directory)))) throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function notWritable(directory: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `the folder ${directory} cannot be written (${reason}): free some space there, or name another with --out`
  return new CliError('MIGRATION_FOLDER_NOT_WRITABLE', message)
}

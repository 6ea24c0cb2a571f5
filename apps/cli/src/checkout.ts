import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from './errors.ts'

/** The checkout that this file is in. @throws CLI_USAGE where it was installed from a registry instead. */
export function checkoutRoot(what: string): string {
  // The same depth below src/ and below dist/.
  const root = join(import.meta.dirname, '..', '..', '..')
  if (existsSync(join(root, 'zdm'))) return root
  throw new CliError('CLI_USAGE', `${what} needs a clone of the repository: run ./zdm ${what} there`)
}

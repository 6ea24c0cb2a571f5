import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

/** A folder that is removed at the end of its block. */
export class TemporaryFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'zdm-cli-'))

  /**
   * Writes a file of the folder, with the folders above it. What is there already is replaced and not written into: it may be a link to
   * a file of the system.
   *
   * @returns its absolute path.
   */
  write(name: string, text: string): string {
    const path = join(this.path, name)
    if (relative(this.path, path).startsWith('..')) throw new Error(`${name} is not in ${this.path}`)
    mkdirSync(dirname(path), { recursive: true })
    rmSync(path, { force: true })
    writeFileSync(path, text, { flag: 'wx' })
    return path
  }

  /** Writes an executable `sh` script. @returns its absolute path. */
  script(name: string, body: string): string {
    const path = this.write(name, `#!/bin/sh\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processesOf } from './processes.ts'

/** A folder of one test, removed with all it holds; what still runs in it then is killed, so that a failed test leaves nothing. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'zdm-e2e-')))
  }

  /** Names of what is in it. */
  list(): Promise<string[]> {
    return readdir(this.path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of await processesOf(this.path)) kill(pid)
    await rm(this.path, { recursive: true, force: true })
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

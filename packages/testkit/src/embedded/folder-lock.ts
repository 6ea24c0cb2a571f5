import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** How a lock is taken; the times are for tests. */
export interface FolderLockOptions {
  signal?: AbortSignal
  /** How often the holder shows that it lives; default 1,000. */
  beatEveryMs?: number
  /** A lock that was silent for so long is dead; default 10,000. */
  deadAfterMs?: number
}

const LOOK_EVERY_MS = 50

/**
 * One process at a time, by a file. Node has no flock, so the holder touches the file while it lives, and a file that
 * nobody touches is taken over. Good for work whose doing twice is only a waste: two waiters that find a dead lock in
 * the same moment may both go on.
 */
export class FolderLock implements AsyncDisposable {
  readonly #path: string
  readonly #beat: NodeJS.Timeout

  private constructor(path: string, beatEveryMs: number) {
    this.#path = path
    this.#beat = setInterval(() => void touch(path), beatEveryMs)
    this.#beat.unref()
  }

  /** Waits until the lock is ours. Rejects with the signal's reason. */
  static async take(path: string, options: FolderLockOptions = {}): Promise<FolderLock> {
    const { signal, beatEveryMs = 1_000, deadAfterMs = 10_000 } = options
    for (;;) {
      signal?.throwIfAborted()
      if (await create(path)) return new FolderLock(path, beatEveryMs)
      if (await isDead(path, deadAfterMs)) await rm(path, { force: true })
      // A signal ends this wait by its reason, at the latest when the next look begins.
      else await delay(LOOK_EVERY_MS)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat)
    await rm(this.#path, { force: true })
  }
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
}

/** Its holder is no process of this machine any more, or has been silent for too long. */
async function isDead(path: string, deadAfterMs: number): Promise<boolean> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > deadAfterMs) return true
    const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
    return Number.isInteger(pid) && !isAlive(pid)
  } catch {
    // Released in this moment.
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

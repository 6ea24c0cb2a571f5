import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** One run of the tests at a time in a checkout: two would write each other's build output and results. */
export interface RunLock extends Disposable {
  /** The process that has the lock, or null where it is ours. */
  holder: number | null
}

/** Takes the lock, or says who has it. A lock whose process is gone counts as free. */
export function takeRunLock(file: string): RunLock {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return { holder: null, [Symbol.dispose]: () => rmSync(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = Number(readFileSync(file, 'utf8'))
    if (isTestRun(holder)) return { holder, [Symbol.dispose]: () => {} }
    rmSync(file, { force: true })
  }
}

/** Process ids are used again, in a container above all: what has this one must also look like a run. */
function isTestRun(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    // `…/test-runner/main.ts`, or the program with the command `test`.
    return /test-runner|\0test\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return false
  }
}

import { readdirSync, readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 1
const GIVE_UP_AFTER_MS = 1_000

/**
 * Blocks until no thread of the process runs any more after a SIGSTOP, which reaches them one by one: a JVM has answered a request
 * in between. True when all have stopped or the process is gone; false after a second.
 */
export function waitUntilStopped(pid: number): boolean {
  const deadlineMs = performance.now() + GIVE_UP_AFTER_MS
  const pause = new Int32Array(new SharedArrayBuffer(4))
  while (!areThreadsStopped(pid)) {
    if (performance.now() > deadlineMs) return false
    Atomics.wait(pause, 0, 0, LOOK_EVERY_MS)
  }
  return true
}

/** T: stopped; Z and X: ended (proc(5)). Where there is no /proc there is nothing to wait for. */
export function areThreadsStopped(pid: number): boolean {
  return threadStates(pid).every((state) => 'TZX'.includes(state))
}

function threadStates(pid: number): string[] {
  const states: string[] = []
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      states.push(stat.charAt(stat.lastIndexOf(')') + 2))
    }
  } catch {
    // A thread, or the process, has ended meanwhile.
  }
  return states
}

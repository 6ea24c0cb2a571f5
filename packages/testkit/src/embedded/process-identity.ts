// Which process an id meant when it was written down: ids are given out again, so the time of the start goes with them.

import { readFileSync } from 'node:fs'

/** A process, as it can be found again. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since the machine was started (proc(5), field 22 of `stat`); empty where there is no /proc. */
  startTicks: string
}

/** As one line: the id and the time of its start. */
export function identityOf(pid: number): string {
  return `${pid} ${readStartTicks(pid) ?? ''}`
}

/** Null where the text is none of {@link identityOf}. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const found = /^(\d+) (\d*)\s*$/.exec(text)
  return found === null ? null : { pid: Number(found[1]), startTicks: found[2] ?? '' }
}

/** Whether the process that was written down still runs. */
export function isSameProcess({ pid, startTicks }: ProcessIdentity): boolean {
  return startTicks !== '' && readStartTicks(pid) === startTicks
}

function readStartTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it stands in parentheses and may hold blanks and parentheses itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended, and only its parent has not noticed yet.
    return state === 'Z' ? null : (fields[18] ?? null)
  } catch {
    return null
  }
}
